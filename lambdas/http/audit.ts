/** Audit log: each HTTP call that changes something, with the name of its key. Contains no keys and no message contents. */
import { keep } from '../delivery/keep';
import type { Dependencies } from '../ports/dependencies';
import { AUDIT, type HistoryRecord } from '../ports/history-store';
import type { PageRequest } from '../ports/page';
import { isoTime } from '../ports/runtime';
import type { Caller } from './caller';
import type { GuardedRequest } from './guard';

export interface AuditedCall {
  key: string;
  call: string;
  status: number;
  client_id?: string;
  target?: string;
}

/** Request fields that identify what the call was about. */
interface Named {
  client_id?: string | null;
  key_name?: string;
  call_id?: string;
  group?: string;
  receiver?: string | null;
  name?: string;
  label?: string | null;
  key?: string | null;
}

export type AuditDependencies = Pick<Dependencies, 'history' | 'clock' | 'newId' | 'log'>;

/**
 * @returns undefined for a function that changes nothing
 */
export function createAudit({ history, clock, newId, log }: Partial<AuditDependencies>) {
  if (!history || !clock || !newId || !log) return undefined;

  /** If the store fails, logs it and does not fail the call, which has taken effect. */
  return async function audit(call: string, caller: Caller, request: GuardedRequest, status: number): Promise<void> {
    if (caller.name === undefined) return;
    const { client_id, key_name, call_id, group, receiver, name, label, key } = {
      ...(request.body as Named),
      ...(request.path as Named),
    };
    const target = key_name ?? call_id ?? group ?? receiver ?? name ?? label ?? key;
    const data = {
      ...{ key: caller.name, call, status },
      ...(client_id != null && { client_id }),
      ...(target != null && { target }),
    } satisfies AuditedCall;
    const record: HistoryRecord = {
      direction: 'in',
      messageId: newId(),
      type: 'audit',
      data,
      timestamp: isoTime(clock.now()),
      size: JSON.stringify(data).length,
    };
    await keep([{ clientId: AUDIT, records: [record] }], history, log);
  };
}

/** @throws InvalidCursorError */
export async function auditPage(history: Dependencies['history'], page: PageRequest) {
  const { rows, cursor } = await history.page(AUDIT, page);
  return { calls: rows.map(({ timestamp: at, data }) => ({ at, ...(data as unknown as AuditedCall) })), cursor };
}
