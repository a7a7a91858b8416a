/** What a model is told: the conversation so far, in the words of no vendor. */
import type { HistoryRecord } from '../ports/history-store';
import type { JsonObject } from '../protocol/json';

export interface SaidTurn {
  role: 'user' | 'assistant';
  content: string;
}

/** A tool that the model wants called. */
export interface WantedCall {
  id: string;
  name: string;
  /** Undefined where what the model wrote is no JSON object. */
  params: JsonObject | undefined;
  /** As the model wrote it. */
  text: string;
}

export interface CallingTurn {
  role: 'calls';
  content: string;
  calls: readonly WantedCall[];
  /** What came of each, as JSON, in the same order. */
  results: readonly string[];
}

export type Turn = SaidTurn | CallingTurn;

/** What of a history is conversation, oldest first. A client's own `role` is not looked at: it could claim to be the system. */
export function turnsOf(history: readonly HistoryRecord[]): SaidTurn[] {
  return history.flatMap(({ direction, type, data }): SaidTurn[] => {
    const { content, status } = data;
    if (typeof content !== 'string' || content === '') return [];
    if (type === 'chat_message') return [{ role: direction === 'in' ? 'user' : 'assistant', content }];
    return type === 'chat_response' && status !== 'failed' ? [{ role: 'assistant', content }] : [];
  });
}

/** The same conversation with turns that take turns, beginning with the user: some models take no other. */
export function alternating(turns: readonly SaidTurn[]): SaidTurn[] {
  const merged: SaidTurn[] = [];
  for (const { role, content } of turns) {
    const last = merged.at(-1);
    if (last?.role === role) merged[merged.length - 1] = { role, content: `${last.content}\n\n${content}` };
    else if (last || role === 'user') merged.push({ role, content });
  }
  return merged;
}
