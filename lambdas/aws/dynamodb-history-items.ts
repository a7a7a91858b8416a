/**
 * Items of the history, as the history store and the call store read and write them. A call's item has attributes besides `records`, so
 * that each part can change in one update without a read.
 */
import type { CallProgress, CallState } from '../ports/call';
import type { HistoryRecord, PlacedItem } from '../ports/history-store';
import { parseJson, stringifyJson } from '../protocol/json';
import type { Position } from '../protocol/position';
import { positionOfKey } from './dynamodb-history-keys';

/** Attributes of a call's item besides `records`. */
export interface CallAttributes {
  call_message_id: string;
  /** Milliseconds since 1970. */
  deadline: number;
  answer_by?: number;
  /** JSON of the client's response. */
  call_response?: string;
  call_status?: 'completed' | 'failed' | 'cancelled';
  ended_by?: string;
  /** Progress as JSON, and its number for comparisons. */
  progress?: string;
  progress_value?: number;
}

/** Attributes of a new call. */
export function attributesOfCall({ messageId, deadline, answerBy }: CallState): CallAttributes {
  return { call_message_id: messageId, deadline, ...(answerBy !== undefined && { answer_by: answerBy }) };
}

function callOf(item: Partial<CallAttributes>): CallState | undefined {
  const { call_message_id: messageId, deadline = 0, progress, call_status: status, ended_by: by = '' } = item;
  if (messageId === undefined) return undefined;
  const call: CallState = { messageId, deadline };
  if (item.answer_by !== undefined) call.answerBy = item.answer_by;
  if (progress !== undefined) call.progress = JSON.parse(progress) as CallProgress;
  if (status !== undefined) call.end = { status, by };
  return call;
}

/** Oldest first. */
export function recordsOf({ records, call_response: response }: Record<string, unknown>): HistoryRecord[] {
  const all = parseJson(String(records)) as unknown as HistoryRecord[];
  if (typeof response === 'string') all.push(parseJson(response) as unknown as HistoryRecord);
  return all;
}

export function textOfRecord(record: HistoryRecord): string {
  return stringifyJson(record);
}

export function placedItem(clientId: string, item: Record<string, unknown>): PlacedItem & { position: Position } {
  const placed: PlacedItem = { clientId, position: positionOfKey(String(item.sort_key)), records: recordsOf(item) };
  const call = callOf(item);
  if (call) placed.call = call;
  return placed;
}
