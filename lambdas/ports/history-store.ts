/** What was said: the interface that every store of history fulfils (`test/contract/history-store.ts`). */
import type { JsonObject } from '../protocol/json';
import type { Page, PageRequest } from './page';
import type { Position } from './position';

/** One message of a client's history: `in` came from the client, `out` went to it. */
export interface HistoryRecord {
  direction: 'in' | 'out';
  messageId: string;
  type: string;
  data: JsonObject;
  timestamp: string;
  replyTo?: string;
  /** Characters of the frame on the wire: the memory store budgets by it. */
  size: number;
}

/** What is stored together: an exchange (a message and its answer), a push, or a broadcast's copy for one client. */
export interface HistoryItem {
  clientId: string;
  /** Left out for a broadcast, which takes no number of the client's. */
  position?: Position;
  /** One or two, oldest first. */
  records: readonly HistoryRecord[];
}

export interface HistoryStore {
  /** Stores items, of one client or of many. */
  append(items: readonly HistoryItem[]): Promise<void>;

  /** Removes an item, as of a push that was not delivered. */
  remove(clientId: string, position: Position): Promise<void>;

  /** A client's messages, newest first, whether it is online or not. @throws InvalidCursorError */
  page(clientId: string, page: PageRequest): Promise<Page<HistoryRecord>>;
}
