/**
 * Fair queueing of messages among connections, by turns of the event loop. A connection has the same share of each turn as any other;
 * what it sends beyond that waits, and its socket is not read meanwhile, so that a flood slows down its sender alone. Of those who wait,
 * whoever has just come is served first, then one address after the other; whoever sends pieces without end has a small part for itself.
 */
import type { Lane, Sender } from './lane';
import { TurnLine } from './turn-line';

/** What a message costs beside its bytes: handling a small one takes as long as reading about so many bytes more. */
const MESSAGE_COST = 512;

/** What any other frame costs: a ping, or a piece of a message. */
const FRAME_COST = 64;

/** What it costs at least that somebody who waits has a turn: a socket is read again, and may have 64 KiB. */
const SERVING_COST = 1_024;

/** Frames of one chunk that are parsed in a turn; the rest of it waits. */
const PORTION = 128;

/** Bytes that are taken at once of whoever has cost nothing in the turn, though it has cost what it may. */
const LIGHT = 256;

/** What one connection may cost in a turn: 32 messages of 128 bytes. A larger message is paid off in the turns after it. */
export const SHARE = 32 * (MESSAGE_COST + 128);

/** What a turn may cost in all, for messages as they come, and the same again for those that wait. */
export const TURN = 4 * SHARE;

/** What a turn may cost beside that for those who are slowed, of whom there may be thousands. */
export const SLOW_TURN = SHARE;

/** Bytes that a waiting message takes beside its own. */
const WAITING_BYTES = 128;

export interface FairShareOptions<Client extends Sender> {
  handle(client: Client, message: Buffer): void;
  /** Calls back in the next turn; `setImmediate` where left out. */
  nextTurn?(callback: () => void): void;
}

export class FairShare<Client extends Sender> {
  readonly #handle: (client: Client, message: Buffer) => void;
  readonly #nextTurn: (callback: () => void) => void;
  /** Those who have just come, those who have been served and have more, and those who are slowed. */
  readonly #fresh = new TurnLine<Client>();
  readonly #usual = new TurnLine<Client>();
  readonly #slowed = new TurnLine<Client>();
  /** Paused since the last turn began; and in the turn before that. */
  #pausedNow: Client[] = [];
  #pausedBefore: Client[] = [];
  #turn = 1;
  #spent = 0;
  #isTurnEnding = false;

  constructor({ handle, nextTurn = setImmediate }: FairShareOptions<Client>) {
    this.#handle = handle;
    this.#nextTurn = nextTurn;
  }

  /** A chunk has come of its socket: it is parsed at once, or waits. */
  receive(client: Client, chunk: Buffer): void {
    const { lane } = client;
    this.#settle(lane);
    if (client.isDeaf) this.#parse(client, chunk, false);
    else if (lane.rest) this.#keep(lane, Buffer.concat([lane.rest, chunk]));
    else if (lane.isPaused || !this.#hasTurn(client, chunk.length)) this.#keep(lane, chunk);
    else this.#parse(client, chunk, false);
    this.#mind(client, this.#fresh);
  }

  /** A message has come: it is handled at once, or waits. */
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

  /** Whoever sends little comes in at once: beside those who flood, that is as good as nothing. */
  #hasTurn({ lane: { spent }, isSlowed }: Client, bytes: number): boolean {
    if (spent === 0 && bytes <= LIGHT && this.#spent < 2 * TURN) return true;
    return spent < SHARE && this.#spent < TURN && !isSlowed;
  }

  /** To be called when a client that was busy is so no more. */
  wake(client: Client): void {
    if (client.lane.isPaused) this.#lineUp(client, this.#fresh);
  }

  #keep(lane: Lane, rest: Buffer): void {
    lane.rest = rest;
    lane.isRestBegun = false;
  }

  /** Drops what waits. */
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

  /** Puts a client that is over its share, or has messages waiting, into a line; and stops reading from it if it is the former. */
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
    if (!client.isBusy) this.#lineUp(client, line); // who is busy is woken
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

  /** A turn that costs little is as good as none: to be called back at the end of each would be a part of what a message costs. */
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
    const served = this.#usual.size; // who is fresh now, and has more, is served again in the next turn
    const rest = this.#serveLine(this.#fresh, this.#fresh.size, TURN / 2);
    this.#serveLine(this.#usual, served, TURN / 2 + rest);
    this.#serveLine(this.#slowed, this.#slowed.size, SLOW_TURN);
    this.#spent = 0; // what comes now has as much again
    const isLeft = this.#fresh.size + this.#usual.size + this.#slowed.size + this.#pausedBefore.length > 0;
    if (isLeft) this.#awaitTurn();
  };

  /** A socket may be read once more after a pause: that chunk has come by the end of the next turn. */
  #recount(): void {
    for (const client of this.#pausedBefore) client.account();
    this.#pausedBefore = this.#pausedNow;
    this.#pausedNow = [];
  }

  /** @returns what is left of what it may cost */
  #serveLine(line: TurnLine<Client>, count: number, most: number): number {
    let rest = most;
    for (let waiting = count; waiting > 0 && rest > 0; waiting -= 1) {
      const client = line.next() as Client;
      client.lane.isInLine = false;
      rest -= Math.max(SERVING_COST, this.#serve(client));
    }
    return rest;
  }

  /** @returns what it cost */
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
