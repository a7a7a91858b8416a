/** A conversation for a model, independent of the vendor. */
import type { HandlerContext } from '../ports/handler-context';
import type { HistoryRecord } from '../ports/history-store';
import type { JsonObject } from '../protocol/json';

export interface SaidTurn {
  role: 'user' | 'assistant';
  content: string;
}

/** A tool call that the model wants. */
export interface WantedCall {
  id: string;
  name: string;
  /** Undefined if the model did not write a JSON object. */
  params: JsonObject | undefined;
  /** As the model wrote it. */
  text: string;
}

export interface CallingTurn {
  role: 'calls';
  content: string;
  calls: readonly WantedCall[];
  /** The result of each call as JSON, in the same order. */
  results: readonly string[];
}

export type Turn = SaidTurn | CallingTurn;

/** The last turns of the conversation, oldest first. */
export async function lastTurns(context: Pick<HandlerContext, 'history'>, limit: number): Promise<SaidTurn[]> {
  if (limit === 0) return [];
  const records = await context.history(limit, (record) => turnOf(record) !== undefined);
  return records.flatMap((record) => turnOf(record) ?? []);
}

/** Undefined if the record is not part of the conversation. Ignores a client's own `role`, which could claim to be the system. */
function turnOf({ direction, type, data: { content, status } }: HistoryRecord): SaidTurn | undefined {
  if (typeof content !== 'string' || content === '') return undefined;
  if (type === 'chat_message') return { role: direction === 'in' ? 'user' : 'assistant', content };
  return type === 'chat_response' && status !== 'failed' ? { role: 'assistant', content } : undefined;
}

/** Merges turns so that roles alternate, starting with the user: some models require that. */
export function alternating(turns: readonly SaidTurn[]): SaidTurn[] {
  const merged: SaidTurn[] = [];
  for (const { role, content } of turns) {
    const last = merged.at(-1);
    if (last?.role === role) merged[merged.length - 1] = { role, content: `${last.content}\n\n${content}` };
    else if (last || role === 'user') merged.push({ role, content });
  }
  return merged;
}
