/** What was said: the interface that every store of history fulfils (`test/contract/history-store.ts`). */
import type { JsonObject } from '../protocol/json';
import type { Position } from '../protocol/position';
import type { CallState } from './call';
import type { Page, PageRequest } from './page';

/** Stands in the place of a client's id for the audit of HTTP calls: no client can have this name. */
export const AUDIT = 'audit#calls';

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
  /** An error that answers: given again to whoever missed it, and no part of the history that the team reads. */
  hidden?: true;
  /** Milliseconds since 1970: end of a push that waits for its client. */
  heldUntil?: number;
}

/** What is stored together: an exchange (a message and its answer), a push, or a broadcast's copy for one client, which has no position. */
export interface HistoryItem {
  clientId: string;
  /** One or two, oldest first. */
  records: readonly HistoryRecord[];
}

/** An item at a position. One without records is void: no frame has this position, or ever will. */
export interface PlacedItem extends HistoryItem {
  position: Position;
  /** Of a tool called on the client: `CallStore` has what becomes of it. */
  call?: CallState;
}

/** Items in the order of their positions. */
export interface Stretch {
  items: PlacedItem[];
  /** Whether there are more beyond the last. */
  hasMore: boolean;
}

export interface HistoryStore {
  /** Stores items that have no position, of one client or of many. */
  append(items: readonly HistoryItem[]): Promise<void>;

  /** Stores an item at its position. @returns false where the position is void: take another */
  put(item: PlacedItem): Promise<boolean>;

  /** Makes a position void. @returns false where it has an item */
  void(clientId: string, position: Position): Promise<boolean>;

  /** Removes an item, as of a push that was not delivered. */
  remove(clientId: string, position: Position): Promise<void>;

  /** The item at a position, strongly consistent. */
  get(clientId: string, position: Position): Promise<PlacedItem | undefined>;

  /**
   * The items after a position of its epoch, oldest first, strongly consistent.
   * @param maxCharacters  of frames; one item comes in any case
   */
  after(clientId: string, position: Position, maxCharacters: number): Promise<Stretch>;

  /** True where it is certain that nothing after this position, of its epoch, has expired or has been dropped to make room. */
  reachesBackTo(clientId: string, position: Position): Promise<boolean>;

  /** A client's messages, newest first, whether it is online or not. @throws InvalidCursorError */
  page(clientId: string, page: PageRequest): Promise<Page<HistoryRecord>>;
}
