/** The ledger of a run: what was accepted, what clients were shown, what was handled. At the end both sides must agree. */

/** A frame that one of the libraries passed to its program. */
export interface Shown {
  type: string;
  messageId: string;
  /** The subject of the frame, if this run sent it: see `ids.ts`. */
  id: string;
  epoch?: string | null;
  seq?: number | null;
  isBroadcast: boolean;
}

/** One handler run, as recorded by the server's process. */
export interface Run {
  id: string;
  /** Which of the processes. */
  life: number;
  startedAt: number;
}

/** What no run may have. */
export interface Faults {
  lost: string[];
  twice: string[];
  outOfOrder: string[];
  handledTwice: string[];
  /** Frames that may be lost: the client was told so, has ended, or became another client. */
  other: string[];
}

/** The amount of work in a run. */
export interface Counts {
  pushes: number;
  broadcasts: number;
  /** Broadcasts that clients were shown. */
  copies: number;
  chats: number;
  toolCalls: number;
  recoveries: number;
  recovered: number;
  /** Handled again after the process or the store had failed: no client had been shown the first answer. */
  handledAgain: string[];
  /** Pushed again with another id: the caller had no answer to its first call. */
  pushedAgain: number;
}

interface ClientBooks {
  shown: Map<string, number>;
  /** The time of the first answer, by message. */
  answered: Map<string, number>;
  pushIds: Map<string, Set<string>>;
  sent: Set<string>;
  epoch?: string;
  seq: number;
  lastPush: number;
}

export class Ledger {
  readonly #clients = new Map<string, ClientBooks>();
  /** By client, then by `message_id`. */
  readonly #pushes = new Map<string, { client: string; id: string }>();
  readonly #broadcasts = new Map<string, string>();
  /** Pushes whose first call was not answered. */
  readonly unsure = new Set<string>();
  readonly #faults: Pick<Faults, 'twice' | 'outOfOrder' | 'other'> = { twice: [], outOfOrder: [], other: [] };
  readonly #counts = { copies: 0, recoveries: 0, recovered: 0 };
  /** Grows with every entry. */
  entries = 0;

  addClient(name: string): void {
    const maps = { shown: new Map(), answered: new Map(), pushIds: new Map(), sent: new Set<string>() };
    this.#clients.set(name, { ...maps, seq: 0, lastPush: 0 });
  }

  sent(name: string, id: string): void {
    this.#books(name).sent.add(id);
  }

  /** The server has answered a push as accepted. */
  pushed(client: string, id: string, messageId: string): void {
    this.#pushes.set(messageId, { client, id });
    this.entries += 1;
  }

  broadcast(id: string, messageId: string): void {
    this.#broadcasts.set(messageId, id);
    this.entries += 1;
  }

  recovery(name: string, recovered: boolean, count: number, reason: string | undefined): void {
    this.#counts.recoveries += 1;
    this.#counts.recovered += count;
    if (!recovered) this.other(`${name} was told that frames may be lost: ${reason}`);
  }

  other(fault: string): void {
    this.#faults.other.push(fault);
  }

  shown(name: string, frame: Shown, now: number): void {
    const { type, messageId, id, epoch, seq, isBroadcast } = frame;
    // A frame duplicated by the network: the second is passed to listeners of all frames (R5).
    if (type === 'connection_established') return;
    const books = this.#books(name);
    this.entries += 1;
    const times = (books.shown.get(messageId) ?? 0) + 1;
    books.shown.set(messageId, times);
    if (isBroadcast) this.#counts.copies += 1;
    if (times > 1) this.#faults.twice.push(`${name}: ${type} ${id} (${messageId}, seq ${seq})`);
    if (isBroadcast) return;
    if (epoch && typeof seq === 'number') this.#checkOrder(name, books, { ...frame, epoch, seq });
    if (type === 'chat_response' || type === 'tool_response') {
      if (books.answered.has(id)) this.#faults.twice.push(`${name}: two answers to ${id}, the second with seq ${seq}`);
      else books.answered.set(id, now);
    } else if (type === 'error') this.other(`${name} was shown an error: ${id}`);
    else this.#pushShown(name, books, frame);
  }

  #checkOrder(
    name: string,
    books: ClientBooks,
    { type, id, epoch, seq }: Shown & { epoch: string; seq: number },
  ): void {
    if (books.epoch !== undefined && books.epoch !== epoch) this.other(`${name} has a new epoch`);
    else if (seq <= books.seq)
      this.#faults.outOfOrder.push(`${name}: ${type} ${id} with seq ${seq} after ${books.seq}`);
    books.epoch = epoch;
    books.seq = seq;
  }

  /** Each push to a client is made after the previous one was accepted. */
  #pushShown(name: string, books: ClientBooks, { messageId, id }: Shown): void {
    const number = Number(id.split(':').at(-1));
    const ids = books.pushIds.get(id) ?? new Set();
    books.pushIds.set(id, ids.add(messageId));
    if (number < books.lastPush && ids.size === 1)
      this.#faults.outOfOrder.push(`${name}: ${id} after ${books.lastPush}`);
    books.lastPush = Math.max(books.lastPush, number);
  }

  /** Accepted but not shown; sent but not answered. */
  missing(): string[] {
    const missing: string[] = [];
    for (const [messageId, { client, id }] of this.#pushes) {
      if (!this.#books(client).shown.has(messageId)) missing.push(`${client}: ${id} (${messageId})`);
    }
    for (const [name, { shown, sent, answered }] of this.#clients) {
      for (const [messageId, id] of this.#broadcasts)
        if (!shown.has(messageId)) missing.push(`${name}: ${id} (${messageId})`);
      for (const id of sent) if (!answered.has(id)) missing.push(`${name}: no answer to ${id}`);
    }
    return missing;
  }

  /** @param hadOutage  true for a time at which a started handler may have failed because the store did not work */
  close(runs: readonly Run[], hadOutage: (time: number) => boolean): { faults: Faults; counts: Counts } {
    const lost = this.missing();
    const { twice } = this.#faults;
    let pushedAgain = 0;
    for (const [name, { pushIds }] of this.#clients) {
      for (const [id, messageIds] of pushIds) {
        if (messageIds.size > 1 && this.unsure.has(id)) pushedAgain += messageIds.size - 1;
        else if (messageIds.size > 1) twice.push(`${name}: ${id} under ${messageIds.size} ids`);
      }
    }
    const { handledTwice, handledAgain } = this.#handled(runs, hadOutage);
    const sent = [...this.#clients.values()].flatMap((books) => [...books.sent]);
    return {
      faults: { lost, handledTwice, ...this.#faults },
      counts: {
        ...{ pushes: this.#pushes.size, broadcasts: this.#broadcasts.size, handledAgain, pushedAgain },
        chats: sent.filter((id) => id.startsWith('chat')).length,
        toolCalls: sent.filter((id) => id.startsWith('tool')).length,
        ...this.#counts,
      },
    };
  }

  /** A message is handled once; again only if a process or the store had failed, and nobody was shown the first answer. */
  #handled(runs: readonly Run[], hadOutage: (time: number) => boolean) {
    const handledTwice: string[] = [];
    const handledAgain: string[] = [];
    const last = new Map<string, Run>();
    for (const run of runs) {
      const before = last.get(run.id);
      last.set(run.id, run);
      if (!before) continue;
      const name = run.id.split(':')[1] ?? '';
      const answeredAt = this.#books(name).answered.get(run.id);
      const isShown = answeredAt !== undefined && answeredAt < run.startedAt;
      const hadReason = run.life !== before.life || hadOutage(before.startedAt);
      if (hadReason && !isShown) handledAgain.push(`${run.id} after ${run.startedAt - before.startedAt} ms`);
      else handledTwice.push(`${run.id}${isShown ? ', though its answer was shown' : ''}`);
    }
    return { handledTwice, handledAgain };
  }

  #books(name: string): ClientBooks {
    const books = this.#clients.get(name);
    if (!books) throw new Error(`there is no client ${name}`);
    return books;
  }
}
