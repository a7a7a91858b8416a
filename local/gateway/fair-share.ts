/**
 * Fair queueing of messages among connections, by turns of the event loop. A connection has the same share of each turn as any other;
 * what it sends beyond that waits, and its socket is not read meanwhile, so that a flood slows down its sender alone.
 */

/** What a message costs beside its bytes: handling a small one takes as long as reading about so many bytes more. */
const MESSAGE_COST = 512;

/** What any other frame costs: a ping, or a piece of a message. */
const FRAME_COST = 64;

/** Frames of one chunk that are parsed in a turn; the rest of it waits. */
const PORTION = 128;

/** Bytes that are taken at once, however much the turn has cost already, of whoever has cost nothing in it. */
const LIGHT = 256;

/** What one connection may cost in a turn: 32 messages of 128 bytes. A larger message is paid off in the turns after it. */
export const SHARE = 32 * (MESSAGE_COST + 128);

/** What a turn may cost in all, for messages as they come, and the same again for those that wait. */
export const TURN = 4 * SHARE;

/** Bytes that a waiting message takes beside its own. */
const WAITING_BYTES = 128;

/** What is known of a connection's part. */
export class Lane {
  /** Waiting messages, from the first that has not been taken. */
  queue: Buffer[] | undefined;
  first = 0;
  /** Bytes of memory that they take. */
  heldBytes = 0;
  /** The turn that `spent` is of; turns that cost little are counted as one. */
  turn = 0;
  spent = 0;
  /** What has been read of the socket, and is to be parsed yet. */
  rest: Buffer | undefined;
  /** In the line of those who have to wait for a turn. */
  isInLine = false;
  isPaused = false;
}

export interface Sender {
  readonly lane: Lane;
  /** True while it has so many messages in the handlers that no more are begun. */
  readonly isBusy: boolean;
  /**
   * Parses so many frames of a chunk at most, and leaves the rest in its lane; messages among them are offered.
   * @param isRest  of the chunk before
   * @returns how many frames were no messages
   */
  take(chunk: Buffer, frames: number, isRest: boolean): number;
  /** Stops reading from its socket. */
  pause(): void;
  resume(): void;
  /** Nothing waits any more. */
  drained(): void;
}

export interface FairShareOptions<Client extends Sender> {
  handle(client: Client, message: Buffer): void;
  /** Calls back in the next turn; `setImmediate` where left out. */
  nextTurn?(callback: () => void): void;
}

export class FairShare<Client extends Sender> {
  readonly #handle: (client: Client, message: Buffer) => void;
  readonly #nextTurn: (callback: () => void) => void;
  readonly #line: Client[] = [];
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
    if (lane.rest) lane.rest = Buffer.concat([lane.rest, chunk]);
    else if (lane.isPaused || !this.#hasTurn(lane, chunk.length)) lane.rest = chunk;
    else this.#parse(client, chunk, false);
    this.#mind(client);
  }

  /** A message has come: it is handled at once, or waits. */
  offer(client: Client, message: Buffer): void {
    const { lane } = client;
    this.#settle(lane);
    if (lane.queue === undefined && !client.isBusy && this.#hasTurn(lane, message.length)) {
      this.#take(client, message);
    } else {
      lane.queue ??= [];
      lane.queue.push(message);
      lane.heldBytes += message.length + WAITING_BYTES;
    }
    this.#mind(client);
  }

  /** Whoever sends little comes in at once: beside those who flood, that is as good as nothing. */
  #hasTurn({ spent }: Lane, bytes: number): boolean {
    return (spent < SHARE && this.#spent < TURN) || (spent === 0 && bytes <= LIGHT);
  }

  /** To be called when a client that was busy is so no more. */
  wake(client: Client): void {
    if (client.lane.isPaused) this.#lineUp(client);
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

  /** Puts a client that is over its share, or has messages waiting, into the line; and stops reading from it if it is the former. */
  #mind(client: Client): void {
    const { lane } = client;
    const isOver = lane.spent >= SHARE || lane.heldBytes >= SHARE || lane.rest !== undefined || client.isBusy;
    if (!isOver && lane.queue === undefined) return;
    if (isOver && !lane.isPaused) {
      lane.isPaused = true;
      client.pause();
    }
    if (!client.isBusy) this.#lineUp(client); // who is busy is woken
  }

  #lineUp(client: Client): void {
    const { lane } = client;
    if (lane.isInLine) return;
    lane.isInLine = true;
    this.#line.push(client);
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
    let rest = TURN;
    for (let waiting = this.#line.length; waiting > 0 && rest > 0; waiting -= 1) {
      const client = this.#line.shift() as Client;
      client.lane.isInLine = false;
      rest -= this.#serve(client);
    }
    this.#spent = 0; // what comes now has as much again
    if (this.#line.length > 0) this.#awaitTurn();
  };

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
      this.#parse(client, lane.rest, true);
    }
    const cost = this.#spent - before;
    this.#mind(client);
    if (lane.queue !== undefined || lane.rest !== undefined || lane.spent >= SHARE || client.isBusy) return cost;
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
