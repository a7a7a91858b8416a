/** Known and online clients: the interface of every client store (contract: `test/contract/client-store.ts`). */

import type { MessageMarks, SenderNumber } from '../protocol/marks';
import type { Position } from '../protocol/position';
import type { Page, PageRequest } from './page';
import type { RateVerdict } from './rate-limit';
import type { Awaitable } from './runtime';

/** One connection of a client, as the platform's events describe it. Times are ISO-8601, UTC, with milliseconds. */
export interface ClientConnection {
  clientId: string;
  /** The platform's connection id; never sent to anyone. */
  connectionId: string;
  connectedAt: string;
  /** From the client's token; empty if it has none. */
  labels: readonly string[];
  /** Groups in the client's token. Only on platform events; omitted if there are none. */
  groups?: readonly string[];
  /** Groups that the client may join by itself: names or patterns, joined by commas. Only on platform events. */
  mayJoin?: string;
  /** Message rate in the client's token, per second. Default: the server's setting. Only on platform events. */
  messageRate?: number;
  /** If set, the client must be new or have this as its first label. Only on platform events. */
  owner?: string;
  /**
   * Name of the API key that issued the client's token, and the time of issue in milliseconds since 1970. Omitted if the token has none.
   */
  issuedBy?: string;
  issuedAt?: number;
}

/** The client's first label is not the owner that its token is bound to. */
export class NotOwnedError extends Error {
  override readonly name = 'NotOwnedError';
}

/** A connection that a newer one of the same client replaced. */
export type ReplacedConnection = Pick<ClientConnection, 'connectionId' | 'connectedAt'>;

/** An online client, with the fields that messages change. */
export interface Client extends ClientConnection {
  lastActivity: string;
  /** Messages received on this connection. */
  messageCount: number;
  /** The last position assigned. */
  position: Position;
  /** The client has acknowledged everything up to this `seq`, which never decreases. 0 if it never acknowledged. */
  ackedSeq: number;
}

/** Result of bringing a client online. */
export interface Connected {
  /** The connection that this one replaced, if any. */
  replaced?: ReplacedConnection;
  /** The last position assigned. */
  position: Position;
}

/** The clients that a list selects. */
export type ClientAudience =
  | { kind: 'everybody' }
  /** Clients with this first label: those of one owner. */
  | { kind: 'owner'; label: string }
  /** Clients that have this label in any place. */
  | { kind: 'label'; label: string };

/** Recipients of a broadcast. With `owner`, only members of the group whose first label this is. */
export type Audience = ClientAudience | { kind: 'group'; group: string; owner?: string };

export const EVERYBODY: ClientAudience = { kind: 'everybody' };

/** A share of all online clients: segment 0 to `total` - 1. Together the segments contain each client once. */
export interface Segment {
  index: number;
  total: number;
}

/**
 * How a received message counts. `durable`: takes the client's next position. `deferred`: its answer takes a position when it is ready.
 * `transient`: takes none. `invalid`: not a valid message; counts for the rate limit only.
 */
export type MessageKind = 'durable' | 'deferred' | 'transient' | 'invalid';

/** How many of a sender's numbers are remembered, and so how many of its messages may be unanswered at a time. */
export const REMEMBERED_NUMBERS = 32;

/** A message that was received before. */
export interface Repeat {
  /**
   * Position of its answer, now or later; `seq` is 0 for a deferred answer without a position yet. Undefined if the number is too old to
   * be remembered.
   */
  position: Position | undefined;
  /** When it was first received, in milliseconds since 1970. */
  takenAt: number;
}

/** Result of counting a message. */
export interface Receipt extends RateVerdict {
  /** The position taken. For a repeat, or a message that takes none: the last position assigned. */
  position: Position;
  /** Set if the same message was received before. */
  repeat?: Repeat;
}

/** A position for a push. */
export interface Push {
  /** Undefined if the client is away. */
  connection: ClientConnection | undefined;
  position: Position;
}

/** One record per client. It outlives the connection, so that counters survive a reconnect. */
export interface ClientStore {
  /** Brings a client online. The newest connection wins and replaces an older one. @throws NotOwnedError */
  connect(connection: ClientConnection): Promise<Connected>;

  /**
   * Takes a client offline for good: later messages of this connection do not bring it back.
   * @returns false if the client is not online on this connection
   */
  disconnect(clientId: string, connectionId: string): Promise<boolean>;

  /** Takes a client offline after a 410. Its next message brings it back, because the platform can be wrong. */
  markGone(clientId: string, connectionId: string): Promise<boolean>;

  /**
   * Counts one received message and applies the client's rate limit. Brings an offline client back online, unless its connection was
   * disconnected or replaced by a newer one. A repeat counts too, but takes no position. An acknowledgement above the last position counts as
   * that position.
   * @param at  when the message arrived
   */
  receive(connection: ClientConnection, at: string, kind: MessageKind, marks?: MessageMarks): Awaitable<Receipt>;

  /** Takes another position, for an answer that was too late for its own. A repeat then finds the answer there. */
  takePosition(clientId: string, sent?: SenderNumber): Promise<Position>;

  /**
   * Takes over a message whose handler died, with a new position.
   * @param takenAt  as in the repeat
   * @returns undefined if another run was first
   */
  takeOver(clientId: string, sent: SenderNumber, takenAt: number): Promise<Position | undefined>;

  /** Forgets the number of a message that was refused, so that a repeat is handled. */
  forgetNumber(clientId: string, sent: SenderNumber): Promise<void>;

  /**
   * Takes a client's next position for a push.
   * @param mayBeAway  true if the push can wait for a known client that is offline
   * @returns undefined if there is no such client
   */
  startPush(clientId: string, mayBeAway?: boolean): Promise<Push | undefined>;

  /** The client's current state, strongly consistent; undefined if it is offline. */
  get(clientId: string): Promise<Client | undefined>;

  /** Labels of a known client, online or not; undefined for an unknown one. */
  labelsOf(clientId: string): Promise<readonly string[] | undefined>;

  /** The fields that messages change, for clients from `list`. Omits those that went offline since. */
  getMany(clientIds: readonly string[]): Promise<Client[]>;

  /** Online clients of an audience, unordered, page by page. @throws InvalidCursorError */
  list(audience: ClientAudience, page: PageRequest, segment?: Segment): Promise<Page<ClientConnection>>;

  /** Number of online clients in an audience. Default: everybody. */
  count(audience?: ClientAudience): Promise<number>;

  /** Number of online clients per label. */
  countLabels(audience?: ClientAudience): Promise<Map<string, number>>;
}
