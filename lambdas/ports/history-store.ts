/** Message history: the interface of every history store (contract: `test/contract/history-store.ts`). */
import type { JsonObject } from '../protocol/json';
import type { Position } from '../protocol/position';
import type { CallState } from './call';
import type { Page, PageRequest } from './page';
import type { Awaitable } from './runtime';

/** Used in place of a client id for the audit of HTTP calls; no client can have this name. */
export const AUDIT = 'audit#calls';

/** One message in a client's history: `in` is from the client, `out` is to it. */
export interface HistoryRecord {
  direction: 'in' | 'out';
  messageId: string;
  type: string;
  data: JsonObject;
  timestamp: string;
  replyTo?: string;
  /** Characters of the frame on the wire; the memory store's budget counts these. */
  size: number;
  /** An error that answers a message: repeated to clients that missed it, but not shown in the history. */
  hidden?: true;
  /** When a held push expires, in milliseconds since 1970. */
  heldUntil?: number;
}

/** Records stored together: an exchange (a message and its answer), a push, or one client's copy of a broadcast, which has no position. */
export interface HistoryItem {
  clientId: string;
  /** One or two, oldest first. */
  records: readonly HistoryRecord[];
}

/** An item at a position. An item without records is void: no frame has this position or ever will. */
export interface PlacedItem extends HistoryItem {
  position: Position;
  /** For a tool call to the client; `CallStore` updates it. */
  call?: CallState;
}

/** Items in order of position. */
export interface Stretch {
  items: PlacedItem[];
  /** Whether there are more after the last. */
  hasMore: boolean;
}

export interface HistoryStore {
  /** Stores items without a position, of one or many clients. */
  append(items: readonly HistoryItem[]): Promise<void>;

  /** Stores an item at its position. @returns false if the position is void: take another */
  put(item: PlacedItem): Awaitable<boolean>;

  /** Voids a position. @returns false if it has an item */
  void(clientId: string, position: Position): Promise<boolean>;

  /** Removes an item, such as a push that was not delivered. */
  remove(clientId: string, position: Position): Promise<void>;

  /** The item at a position; strongly consistent. */
  get(clientId: string, position: Position): Promise<PlacedItem | undefined>;

  /**
   * Items after a position in its epoch, oldest first; strongly consistent.
   * @param maxCharacters  limit for the frames; the first item is always returned
   */
  after(clientId: string, position: Position, maxCharacters: number): Promise<Stretch>;

  /** True if certainly nothing after this position in its epoch has expired or been dropped to make room. */
  reachesBackTo(clientId: string, position: Position): Promise<boolean>;

  /**
   * True if an item at this position may have expired or been dropped to make room. False proves that none was stored.
   * @param storedFrom  the earliest time at which it can have been stored, in milliseconds since 1970
   */
  mayHaveLost(clientId: string, position: Position, storedFrom: number): Promise<boolean>;

  /** A client's messages, newest first, whether it is online or not. @throws InvalidCursorError */
  page(clientId: string, page: PageRequest): Promise<Page<HistoryRecord>>;
}
