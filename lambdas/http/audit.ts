/** Audit log: each HTTP call that changes something, or was refused, with the name of its key. Contains no keys and no message contents. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { keep } from '../delivery/keep';
import type { Dependencies } from '../ports/dependencies';
import { AUDIT, type HistoryRecord } from '../ports/history-store';
import type { PageRequest } from '../ports/page';
import { isoTime } from '../ports/runtime';
import type { Caller } from './caller';
import type { GuardedRequest } from './guard';
import { REPLAYED } from './idempotency';

export interface AuditedCall {
  key: string;
  call: string;
  status: number;
  replayed?: true;
  client_id?: string;
  client_ids?: string[];
  clients?: number;
  target?: string;
  call_id?: string;
  broadcast_id?: string;
}

/** Entries list this many clients of a call to many. */
const MAX_LISTED = 20;

/** Store pages per `GET /audit?key=`, which may find few calls of the key in each. */
const MAX_PAGES = 20;

const MCP_CALL = 'POST /clients/{client_id}/mcp';

/** Methods of MCP that change something. */
const MCP_CHANGES = /^(tools\/call|tasks\/(cancel|update))$/;

/** Request fields that identify what the call was about. */
interface Named {
  client_id?: string | null;
  client_ids?: readonly string[];
  method?: unknown;
  key_name?: string;
  call_id?: string;
  group?: string;
  receiver?: string | null;
  name?: string;
  label?: string | null;
  key?: string | null;
}

type Result = APIGatewayProxyStructuredResultV2;

export type AuditDependencies = Pick<Dependencies, 'history' | 'clock' | 'newId' | 'log'>;

/**
 * @returns undefined for a function that changes nothing
 */
export function createAudit({ history, clock, newId, log }: Partial<AuditDependencies>) {
  if (!history || !clock || !newId || !log) return undefined;

  /** If the store fails, logs it and does not fail the call, which has taken effect. */
  return async function audit(call: string, caller: Caller, request: GuardedRequest, result: Result): Promise<void> {
    const { statusCode: status = 200 } = result;
    const isReading = call.startsWith('GET ') || (call === MCP_CALL && !changesByMcp(request.body as Named));
    // A call above the rate of its key costs no write.
    if (caller.name === undefined || isReading || status === 429) return;
    const { client_ids, key_name, call_id, group, receiver, name, label, key, ...named } = {
      ...(request.body as Named),
      ...(request.path as Named),
    };
    const made = madeBy(result);
    const client_id = named.client_id ?? made.client_id;
    const target = key_name ?? call_id ?? group ?? receiver ?? name ?? label ?? key;
    const data = {
      ...{ key: caller.name, call, status },
      ...(result.headers?.[REPLAYED] !== undefined && { replayed: true as const }),
      ...(client_id != null && { client_id }),
      ...(client_ids && { clients: client_ids.length, client_ids: client_ids.slice(0, MAX_LISTED) }),
      ...(target != null && { target }),
      ...(made.call_id !== undefined && { call_id: made.call_id }),
      ...(made.broadcast_id !== undefined && { broadcast_id: made.broadcast_id }),
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

function changesByMcp({ method }: Named = {}): boolean {
  return MCP_CHANGES.test(String(method));
}

/** Answers above this size are of calls that make nothing. */
const MAX_ANSWER = 10_000;

/** Ids of what a call has made: the client of a token, a tool call, a broadcast. */
function madeBy({ statusCode = 200, body = '' }: Result): Pick<AuditedCall, 'client_id' | 'call_id' | 'broadcast_id'> {
  if (statusCode >= 300 || body.length > MAX_ANSWER || !body.startsWith('{')) return {};
  return JSON.parse(body);
}

/**
 * A page with a key is shorter than the limit if the key made few of the latest calls.
 * @throws InvalidCursorError
 */
export async function auditPage(history: Dependencies['history'], { limit, cursor }: PageRequest, key?: string) {
  const calls: (AuditedCall & { at: string })[] = [];
  let next = cursor;
  for (let pages = 0; pages < MAX_PAGES && calls.length < limit; pages++) {
    const page = await history.page(AUDIT, { limit: limit - calls.length, cursor: next });
    for (const { timestamp: at, data } of page.rows) {
      const call = data as unknown as AuditedCall;
      if (key === undefined || call.key === key) calls.push({ at, ...call });
    }
    next = page.cursor;
    if (key === undefined || next === undefined) break;
  }
  return { calls, cursor: next };
}
