/** Who is known, and who is online: the interface that every store of clients fulfils (`test/contract/client-store.ts`). */
import type { Page, PageRequest } from './page';
import type { Position } from './position';
import type { RateVerdict } from './rate-limit';

/** One connection of a client, as the platform's events describe it. Times are ISO-8601 UTC with milliseconds. */
export interface ClientConnection {
  clientId: string;
  /** The platform's id of the connection; never leaves the server. */
  connectionId: string;
  connectedAt: string;
  /** From the client's token; empty where it has none. */
  labels: readonly string[];
}

/** A connection that another one of the same client took the place of. */
export type ReplacedConnection = Pick<ClientConnection, 'connectionId' | 'connectedAt'>;

/** A client that is online, with what its messages change. */
export interface Client extends ClientConnection {
  lastActivity: string;
  /** Messages received on this connection. */
  messageCount: number;
}

/** Whom a list or a broadcast is about. */
export type Audience = { kind: 'everybody' };

export const EVERYBODY: Audience = { kind: 'everybody' };

/** A share of all online clients: segment 0 to `total` - 1. Together the segments hold each client once. */
export interface Segment {
  index: number;
  total: number;
}

/**
 * What a received message takes. `durable`: the next of the client's positions, and it counts. `transient`: it counts. `invalid`: it counts
 * for the rate alone, because it is no message of the protocol.
 */
export type MessageKind = 'durable' | 'transient' | 'invalid';

/** What counting a message gives. */
export interface Receipt extends RateVerdict {
  /** The position taken; the last one taken, for a message that is not durable. */
  position: Position;
}

/** One record a client. It outlives the connection, so that counters survive a reconnect. */
export interface ClientStore {
  /**
   * Brings a client online. The newest connection is the client's; an older one is replaced.
   * @returns the connection that was replaced, if there was one
   */
  connect(connection: ClientConnection): Promise<ReplacedConnection | undefined>;

  /**
   * Takes a client offline, for good: later messages of this connection do not bring it back.
   * @returns false where the client is not online on this connection
   */
  disconnect(clientId: string, connectionId: string): Promise<boolean>;

  /** Takes a client offline that the platform calls gone. Its next message brings it back: the platform can be wrong. */
  markGone(clientId: string, connectionId: string): Promise<boolean>;

  /**
   * Counts one received message, and holds it to the client's rate. A client that is not online comes back online by this, unless its connection was
   * disconnected or replaced by a newer one.
   * @param at  when the message arrived
   */
  receive(connection: ClientConnection, at: string, kind: MessageKind): Promise<Receipt>;

  /**
   * Takes the next position of a client that is online, for a push.
   * @returns undefined where the client is not online
   */
  startPush(clientId: string): Promise<{ connection: ClientConnection; position: Position } | undefined>;

  /** The client as it is now, strongly consistent; undefined where it is not online. */
  get(clientId: string): Promise<Client | undefined>;

  /** What messages change, for clients that `list` gave. Leaves out those that went offline since. */
  getMany(clientIds: readonly string[]): Promise<Client[]>;

  /** Online clients of an audience, in no order, a page at a time. @throws InvalidCursorError */
  list(audience: Audience, page: PageRequest, segment?: Segment): Promise<Page<ClientConnection>>;

  /** How many are online. */
  count(): Promise<number>;
}
