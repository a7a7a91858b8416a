/** Who is connected, and what was said: the interface that every store fulfils (`test/contract/session-store.ts`). */
import type { JsonObject } from '../protocol/json';

/** A client that is connected. Times are ISO-8601 UTC with milliseconds. */
export interface Session {
  clientId: string;
  /** The platform's id of the connection; never leaves the server. */
  connectionId: string;
  connectedAt: string;
  lastActivity: string;
  messageCount: number;
}

/** One message of a client's history: `in` came from the client, `out` went to it. */
export interface HistoryRecord {
  clientId: string;
  direction: 'in' | 'out';
  messageId: string;
  type: string;
  data: JsonObject;
  timestamp: string;
  replyTo?: string;
  /** Size of the frame on the wire, in characters: what a store in memory budgets by. */
  size: number;
}

/** Some rows, and where to go on: no `cursor` means that these were the last. */
export interface Page<Row> {
  rows: Row[];
  cursor?: string;
}

export interface PageRequest {
  /** The most rows that the page may have; it can have fewer, and still not be the last. */
  limit: number;
  /** As an earlier page gave it. */
  cursor?: string;
}

/** A share of all sessions: segment 0 to `total` - 1. The segments together hold each session once. */
export interface Segment {
  index: number;
  total: number;
}

export interface SessionStore {
  /**
   * Begins a session. One of the same client is replaced: the newest connection is the client's.
   * @returns the connection of the one that was replaced; undefined where there was none, or it was on this very connection
   */
  open(session: Session): Promise<string | undefined>;

  /** Ends a session, only if it still is on this connection. False where it is not: a newer one took over, or it ended. */
  close(clientId: string, connectionId: string): Promise<boolean>;

  /** The session as it is now, strongly consistent; undefined where the client is not connected. */
  get(clientId: string): Promise<Session | undefined>;

  /** Counts one more message and moves `lastActivity`. Never brings back a session that has ended: false there. */
  touch(clientId: string, connectionId: string, at: string): Promise<boolean>;

  /** Sessions in no order, a page at a time. @throws InvalidCursorError */
  list(page: PageRequest, segment?: Segment): Promise<Page<Session>>;

  /** How many are connected. */
  count(): Promise<number>;

  /** Keeps messages, of one client or of many; those of one client in the order given. */
  append(records: readonly HistoryRecord[]): Promise<void>;

  /** A client's messages, newest first, connected or not. @throws InvalidCursorError */
  history(clientId: string, page: PageRequest): Promise<Page<HistoryRecord>>;
}

/** A cursor that no page of this list gave. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';

  constructor() {
    super('not a cursor of this list');
  }
}
