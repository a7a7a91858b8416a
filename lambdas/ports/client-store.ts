/** Who is known, and who is online: the interface that every store of clients fulfils (`test/contract/client-store.ts`). */

import type { MessageMarks, SenderNumber } from '../protocol/marks';
import type { Position } from '../protocol/position';
import type { Page, PageRequest } from './page';
import type { RateVerdict } from './rate-limit';

/** One connection of a client, as the platform's events describe it. Times are ISO-8601 UTC with milliseconds. */
export interface ClientConnection {
  clientId: string;
  /** The platform's id of the connection; never leaves the server. */
  connectionId: string;
  connectedAt: string;
  /** From the client's token; empty where it has none. */
  labels: readonly string[];
  /** The groups that the client's token names. Only on the platform's events; left out where there are none. */
  groups?: readonly string[];
  /** Groups that the client may join by itself, as names or patterns joined by commas. Only on the platform's events. */
  mayJoin?: string;
  /** Messages a second that the client's token allows; the server's setting where left out. Only on the platform's events. */
  messageRate?: number;
  /** Where set, the client must be new or have this as its first label. Only on the platform's events. */
  owner?: string;
  /** The name of the API key that issued the client's token, and when, in milliseconds since 1970. Left out where no token names it. */
  issuedBy?: string;
  issuedAt?: number;
}

/** A client whose first label is not the one that its token is bound to. */
export class NotOwnedError extends Error {
  override readonly name = 'NotOwnedError';
}

/** A connection that another one of the same client took the place of. */
export type ReplacedConnection = Pick<ClientConnection, 'connectionId' | 'connectedAt'>;

/** A client that is online, with what its messages change. */
export interface Client extends ClientConnection {
  lastActivity: string;
  /** Messages received on this connection. */
  messageCount: number;
  /** The position that was given out last. */
  position: Position;
  /** The `seq` up to which the client says that it has everything; 0 if it never said. */
  ackedSeq: number;
}

/** What bringing a client online gives. */
export interface Connected {
  /** The connection that this one took the place of, if there was one. */
  replaced?: ReplacedConnection;
  /** The position that was given out last. */
  position: Position;
}

/** Whom a list is about. */
export type ClientAudience =
  | { kind: 'everybody' }
  /** Clients whose first label this is: those of one owner. */
  | { kind: 'owner'; label: string }
  /** Clients that have this label, as the first or a later one. */
  | { kind: 'label'; label: string };

/** Whom a broadcast is for. With `owner`, only those members of the group whose first label this is. */
export type Audience = ClientAudience | { kind: 'group'; group: string; owner?: string };

export const EVERYBODY: ClientAudience = { kind: 'everybody' };

/** A share of all online clients: segment 0 to `total` - 1. Together the segments hold each client once. */
export interface Segment {
  index: number;
  total: number;
}

/**
 * What a received message takes. `durable`: the next of the client's positions, and it counts. `deferred`: it counts, and its answer takes
 * a position when it is ready. `transient`: it counts. `invalid`: it counts for the rate alone, because it is no message of the protocol.
 */
export type MessageKind = 'durable' | 'deferred' | 'transient' | 'invalid';

/** How many of a sender's numbers are remembered; so many of its messages may be unanswered at a time. */
export const REMEMBERED_NUMBERS = 32;

/** A message that came before. */
export interface Repeat {
  /** Where its answer is, or will be: 0 while a deferred one has no place. Undefined where the number is older than those remembered. */
  position: Position | undefined;
  /** When it was taken on, milliseconds since 1970. */
  takenAt: number;
}

/** What counting a message gives. */
export interface Receipt extends RateVerdict {
  /** The position taken; the last one given out, for a message that is not durable or came before. */
  position: Position;
  /** Set where the same message came before. */
  repeat?: Repeat;
}

/** A place for a push. */
export interface Push {
  /** Undefined where the client is away. */
  connection: ClientConnection | undefined;
  position: Position;
}

/** One record a client. It outlives the connection, so that counters survive a reconnect. */
export interface ClientStore {
  /** Brings a client online. The newest connection is the client's; an older one is replaced. @throws NotOwnedError */
  connect(connection: ClientConnection): Promise<Connected>;

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
   * A message that came before counts too, but takes no position.
   * @param at  when the message arrived
   */
  receive(connection: ClientConnection, at: string, kind: MessageKind, marks?: MessageMarks): Promise<Receipt>;

  /** Takes another position, for an answer that was not ready in time for the one it had. A repeat then finds it there. */
  takePosition(clientId: string, sent?: SenderNumber): Promise<Position>;

  /**
   * Takes over a message whose handler has died, with a new position.
   * @param takenAt  as the repeat has it
   * @returns undefined where another one was faster
   */
  takeOver(clientId: string, sent: SenderNumber, takenAt: number): Promise<Position | undefined>;

  /** Forgets a number, for a message that was refused: if it comes again, it is handled. */
  forgetNumber(clientId: string, sent: SenderNumber): Promise<void>;

  /**
   * Takes the next position of a client, for a push.
   * @param mayBeAway  true for a push that can wait for a client that is known, but not online
   * @returns undefined where the client is not there
   */
  startPush(clientId: string, mayBeAway?: boolean): Promise<Push | undefined>;

  /** The client as it is now, strongly consistent; undefined where it is not online. */
  get(clientId: string): Promise<Client | undefined>;

  /** The labels of a client that is known, online or not; undefined for an unknown one. */
  labelsOf(clientId: string): Promise<readonly string[] | undefined>;

  /** What messages change, for clients that `list` gave. Leaves out those that went offline since. */
  getMany(clientIds: readonly string[]): Promise<Client[]>;

  /** Online clients of an audience, in no order, a page at a time. @throws InvalidCursorError */
  list(audience: ClientAudience, page: PageRequest, segment?: Segment): Promise<Page<ClientConnection>>;

  /** How many of an audience are online; of everybody where left out. */
  count(audience?: ClientAudience): Promise<number>;

  /** How many are online by each of their labels. */
  countLabels(audience?: ClientAudience): Promise<Map<string, number>>;
}
