/**
 * Fair queueing of messages across connections, in turns of the event loop. Each connection has the same share of a turn. Anything beyond
 * its share waits, and its socket is paused meanwhile, so that a flood slows down only its sender. New arrivals are served first; each
 * queue is round-robin over addresses. Clients that send endless fragments share a small budget of their own.
 */
import type { Lane, Sender } from './lane';
import { TurnLine } from './turn-line';

/** Cost of a message besides its bytes: handling a small one takes as long as reading about this many more bytes. */
const MESSAGE_COST = 512;

/** Cost of any other frame: a ping, or a fragment of a message. */
const FRAME_COST = 64;

/** Minimum cost of serving a waiting client: its socket is read again, and may deliver 64 KiB. */
const SERVING_COST = 1_024;

/** Frames of one chunk parsed per turn; the rest waits. */
const PORTION = 128;

/** A client's first data in a turn is handled at once up to this size, even if the budget of the turn is used up. */
const LIGHT = 256;

/** Budget of one connection per turn: 32 messages of 128 bytes. A larger message is paid off over the next turns. */
export const SHARE = 32 * (MESSAGE_COST + 128);

/** Budget of a turn for arriving messages. Waiting ones have the same again. */
export const TURN = 4 * SHARE;

/** Additional budget of a turn for slowed clients, of which there may be thousands. */
export const SLOW_TURN = SHARE;

/** Memory overhead of a waiting message in bytes. */
const WAITING_BYTES = 128;

export interface FairShareOptions<Client extends Sender> {
  handle(client: Client, message: Buffer): void;
  /** Calls back in the next turn; default: `setImmediate`. */
  nextTurn?(callback: () => void): void;
}

export class FairShare<Client extends Sender> {
  readonly #handle: (client: Client, message: Buffer) => void;
  readonly #nextTurn: (callback: () => void) => void;
  /** New arrivals, clients that were served and have more, and slowed clients. */
  readonly #fresh = new TurnLine<Client>();
  readonly #usual = new TurnLine<Client>();
  readonly #slowed = new TurnLine<Client>();
  /** Paused in this turn, and in the turn before. */
  #pausedNow: Client[] = [];
  #pausedBefore: Client[] = [];
  #turn = 1;
  #spent = 0;
  #isTurnEnding = false;

  constructor({ handle, nextTurn = setImmediate }: FairShareOptions<Client>) {
    this.#handle = handle;
    this.#nextTurn = nextTurn;
  }

  /** Takes a chunk from the client's socket: parses it now, or keeps it for a later turn. */
  receive(client: Client, chunk: Buffer): void {
    const { lane } = client;
    this.#settle(lane);
    if (client.isDeaf) this.#parse(client, chunk, false);
    else if (lane.rest) this.#keep(lane, Buffer.concat([lane.rest, chunk]));
    else if (lane.isPaused || !this.#hasTurn(client, chunk.length)) this.#keep(lane, chunk);
    else this.#parse(client, chunk, false);
    this.#mind(client, this.#fresh);
  }

  /** Takes a message: handles it now, or queues it. */
  offer(client: Client, message: Buffer): void {
    const { lane } = client;
    this.#settle(lane);
    if (lane.queue === undefined && !client.isBusy && this.#hasTurn(client, message.length)) {
      this.#take(client, message);
    } else {
      lane.queue ??= [];
      lane.queue.push(message);
      lane.heldBytes += message.length + WAITING_BYTES;
    }
    this.#mind(client, this.#fresh);
  }

  /** Small data of a client that has sent nothing in this turn is not delayed: next to a flood it costs almost nothing. */
  #hasTurn({ lane: { spent }, isSlowed }: Client, bytes: number): boolean {
    if (spent === 0 && bytes <= LIGHT && this.#spent < 2 * TURN) return true;
    return spent < SHARE && this.#spent < TURN && !isSlowed;
  }

  /** Call it when a client is no longer busy. */
  wake(client: Client): void {
    if (client.lane.isPaused) this.#lineUp(client, this.#fresh);
  }

  #keep(lane: Lane, rest: Buffer): void {
    lane.rest = rest;
    lane.isRestBegun = false;
  }

  /** Drops everything that waits. */
  drop({ lane }: Client): void {
    lane.rest = undefined;
    this.#clear(lane);
  }

  #clear(lane: Lane): void {
    lane.queue = undefined;
    lane.first = 0;
    lane.heldBytes = 0;
  }

  #settle(lane: Lane): void {
    if (lane.turn === this.#turn) return;
    lane.spent = Math.max(0, lane.spent - SHARE * (this.#turn - lane.turn));
    lane.turn = this.#turn;
  }

  /** Queues a client that is over its share or has waiting messages. Pauses its socket if it is over its share. */
  #mind(client: Client, line: TurnLine<Client>): void {
    const { lane } = client;
    const isOver =
      lane.spent >= SHARE || lane.heldBytes >= SHARE || lane.rest !== undefined || client.isBusy || client.isSlowed;
    if (!isOver && lane.queue === undefined) return;
    if (isOver && !lane.isPaused) {
      lane.isPaused = true;
      client.pause();
      this.#pausedNow.push(client);
      this.#awaitTurn();
    }
    if (!client.isBusy) this.#lineUp(client, line); // a busy client is queued by `wake`
  }

  #lineUp(client: Client, line: TurnLine<Client>): void {
    const { lane } = client;
    if (lane.isInLine) return;
    lane.isInLine = true;
    (client.isSlowed ? this.#slowed : line).add(client);
    this.#awaitTurn();
  }

  #awaitTurn(): void {
    if (this.#isTurnEnding) return;
    this.#isTurnEnding = true;
    this.#nextTurn(this.#endTurn);
  }

  /** Cheap turns are merged: a callback after each of them would make messages more expensive. */
  #spend(lane: Lane, cost: number): void {
    lane.spent += cost;
    this.#spent += cost;
    if (lane.spent >= SHARE / 2 || this.#spent >= TURN / 2) this.#awaitTurn();
  }

  readonly #endTurn = (): void => {
    this.#isTurnEnding = false;
    this.#turn += 1;
    this.#spent = 0;
    this.#recount();
    const served = this.#usual.size; // a new client that has more is served again in the next turn
    const rest = this.#serveLine(this.#fresh, this.#fresh.size, TURN / 2);
    this.#serveLine(this.#usual, served, TURN / 2 + rest);
    this.#serveLine(this.#slowed, this.#slowed.size, SLOW_TURN);
    this.#spent = 0; // messages that arrive now have their own budget
    const isLeft = this.#fresh.size + this.#usual.size + this.#slowed.size + this.#pausedBefore.length > 0;
    if (isLeft) this.#awaitTurn();
  };

  /** A socket may be read once more after a pause. That chunk has arrived by the end of the next turn. */
  #recount(): void {
    for (const client of this.#pausedBefore) client.account();
    this.#pausedBefore = this.#pausedNow;
    this.#pausedNow = [];
  }

  /** @returns the remaining budget */
  #serveLine(line: TurnLine<Client>, count: number, most: number): number {
    let rest = most;
    for (let waiting = count; waiting > 0 && rest > 0; waiting -= 1) {
      const client = line.next() as Client;
      client.lane.isInLine = false;
      rest -= Math.max(SERVING_COST, this.#serve(client));
    }
    return rest;
  }

  /** @returns its cost */
  #serve(client: Client): number {
    const { lane } = client;
    this.#settle(lane);
    const before = this.#spent;
    while (lane.queue && lane.spent < SHARE && !client.isBusy) {
      const message = lane.queue[lane.first] as Buffer;
      lane.first += 1;
      lane.heldBytes -= message.length + WAITING_BYTES;
      if (lane.first === lane.queue.length) this.#clear(lane);
      this.#take(client, message);
    }
    if (lane.rest && lane.queue === undefined && lane.spent < SHARE && !client.isBusy) {
      this.#parse(client, lane.rest, lane.isRestBegun);
    }
    const cost = this.#spent - before;
    if (lane.queue !== undefined || lane.rest !== undefined || lane.spent >= SHARE || client.isBusy) {
      this.#mind(client, this.#usual);
      return cost;
    }
    if (lane.isPaused) {
      lane.isPaused = false;
      client.resume();
    }
    client.drained();
    return cost;
  }

  #parse(client: Client, chunk: Buffer, isRest: boolean): void {
    this.#spend(client.lane, client.take(chunk, PORTION, isRest) * FRAME_COST);
  }

  #take(client: Client, message: Buffer): void {
    this.#spend(client.lane, MESSAGE_COST + message.length);
    this.#handle(client, message);
  }
}
