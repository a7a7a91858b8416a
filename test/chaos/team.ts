/** The team's side: pushes to one client after the other, and broadcasts, each retried with its key until it is accepted. */
import { setTimeout as wait } from 'node:timers/promises';
import { call, type HttpResponse } from '../support/http';
import type { Ledger } from './ledger';

export interface TeamOptions {
  httpUrl: string;
  /** The id of each client on the server, by name. */
  ids: ReadonlyMap<string, string>;
  /** Time between two, in milliseconds. */
  pushEvery: number;
  broadcastEvery: number;
  ledger: Ledger;
  /** Part of each key, so that runs on one store share none. */
  runId: string;
}

/** Number of concurrent pushes, to different clients. */
const AT_A_TIME = 16;

const RETRY = 200;

export class Team {
  #isOver = false;
  readonly #tasks: Promise<void>[] = [];
  readonly #options: TeamOptions;
  readonly #retries = { noAnswer: 0, status: new Map<number, number>() };

  constructor(options: TeamOptions) {
    this.#options = options;
    this.#tasks.push(this.#pushes(), this.#broadcasts());
  }

  get retries(): string {
    const { noAnswer, status } = this.#retries;
    return [`${noAnswer} without an answer`, ...[...status].map(([code, count]) => `${count} with ${code}`)].join(', ');
  }

  /** Everything that was started is accepted. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#tasks);
  }

  async #pushes(): Promise<void> {
    const { ids, pushEvery } = this.#options;
    const busy = new Map<string, Promise<void>>();
    for (let number = 1; !this.#isOver; number++) {
      for (const [index, [name, clientId]] of [...ids].entries()) {
        if (this.#isOver) break;
        while (busy.size >= AT_A_TIME) await Promise.race(busy.values());
        // After a failure of the store, a push is in progress for half a minute; the other clients don't wait for it.
        if (!busy.has(name)) {
          const isCall = (number + index) % 5 === 0; // so that there are some at all times
          const done = this.#push(name, clientId, number, isCall).finally(() => busy.delete(name));
          busy.set(name, done);
        }
        await wait(pushEvery);
      }
    }
    await Promise.all(busy.values());
  }

  async #push(name: string, client_id: string, number: number, isCall: boolean): Promise<void> {
    const id = `push:${name}:${number}`;
    const to = { client_id, hold_seconds: 3_600 };
    const { message_id } = isCall
      ? await this.#post('/call_tool', { ...to, tool_name: 'show', params: { id } }, id)
      : await this.#post('/send_message', { ...to, content: id }, id);
    this.#options.ledger.pushed(name, id, message_id);
  }

  async #broadcasts(): Promise<void> {
    const { ledger, broadcastEvery } = this.#options;
    for (let number = 1; !this.#isOver; number++) {
      const id = `news:${number}`;
      const { message_id } = await this.#post('/broadcast', { message_type: 'news', data: { id } }, id);
      ledger.broadcast(id, message_id);
      await wait(broadcastEvery);
    }
  }

  async #post(path: string, body: object, id: string): Promise<{ message_id: string }> {
    const headers = { 'idempotency-key': `${this.#options.runId}:${id}` };
    for (;;) {
      const answer = await call('POST', `${this.#options.httpUrl}${path}`, body, headers).catch(() => undefined);
      if (answer && (answer.status === 200 || answer.status === 202)) return answer.body;
      this.#again(id, answer);
      await wait(RETRY);
    }
  }

  #again(id: string, answer: HttpResponse | undefined): void {
    const { ledger } = this.#options;
    if (!answer || answer.status >= 500) ledger.unsure.add(id);
    if (!answer) this.#retries.noAnswer += 1;
    else {
      this.#retries.status.set(answer.status, (this.#retries.status.get(answer.status) ?? 0) + 1);
      if (answer.status < 500 && answer.status !== 409 && answer.status !== 429) {
        throw new Error(`${id}: ${answer.status} ${answer.text}`);
      }
    }
  }
}
