/** A conversation for a model, independent of the vendor. */
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

/** The conversation in a history, oldest first. Ignores a client's own `role`, which could claim to be the system. */
export function turnsOf(history: readonly HistoryRecord[]): SaidTurn[] {
  return history.flatMap(({ direction, type, data }): SaidTurn[] => {
    const { content, status } = data;
    if (typeof content !== 'string' || content === '') return [];
    if (type === 'chat_message') return [{ role: direction === 'in' ? 'user' : 'assistant', content }];
    return type === 'chat_response' && status !== 'failed' ? [{ role: 'assistant', content }] : [];
  });
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
