/** Clients of both libraries, which chat and call tools until they are stopped, and report what they are shown. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { createRandom } from '../../bench/simulate/random';
import { createClient, type SwitchboardClient } from '../../clients/typescript/src';
import { PYTHON } from '../support/python';
import { ROOT } from '../support/readme';
import { hashOf } from './cutting-proxy';
import type { Ledger } from './ledger';

/** Timers of both libraries, shorter than their defaults, so that a minute has room for many interruptions. */
export const TIMERS = {
  connect_ms: 10_000,
  pong_ms: 3_000,
  resume_ms: 5_000,
  hole_ms: 500,
  answer_ms: 10_000,
  backoff_ms: 200,
  backoff_max_ms: 2_000,
};

export interface ClientsOptions {
  url: string;
  names: readonly string[];
  seed: number;
  /** Average time between two messages of a client, in milliseconds. */
  sendEvery: number;
  /** Milliseconds after which the programs of some clients end abruptly, and restart with what they have stored. */
  restartAfter: number;
  ledger: Ledger;
}

export interface Clients {
  /** The id of each client on the server, by name. */
  ids: Map<string, string>;
  begin(): void;
  stopSending(): Promise<void>;
  close(): Promise<void>;
}

/** The programs of one client in five restart. */
export const isRestarted = (index: number) => index % 5 === 0;

export async function startTypeScriptClients(options: ClientsOptions): Promise<Clients> {
  const programs = options.names.map((name, index) => new Program(name, options, isRestarted(index)));
  await Promise.all(programs.map((program) => program.start()));
  return {
    ids: new Map(programs.map(({ name, id }) => [name, id])),
    begin() {
      for (const program of programs) program.begin();
    },
    async stopSending() {
      for (const program of programs) program.stopSending();
    },
    async close() {
      await Promise.all(programs.map((program) => program.close()));
    },
  };
}

const camelCased = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

class Program {
  id = '';
  #client: SwitchboardClient;
  #stored: string | undefined;
  #sent = 0;
  #life = 0;
  #timers: NodeJS.Timeout[] = [];
  readonly #random: () => number;

  constructor(
    readonly name: string,
    readonly options: ClientsOptions,
    readonly restarts: boolean,
  ) {
    this.#random = createRandom(hashOf(`${options.seed} sends ${name}`));
    this.#client = this.#newClient();
  }

  async start(): Promise<void> {
    await this.#client.connect();
    this.id = this.#client.clientId ?? '';
  }

  begin(): void {
    this.#sendLater();
    if (this.restarts)
      this.#timers.push(setTimeout(() => this.#restart(), this.options.restartAfter * (0.5 + this.#random())));
  }

  stopSending(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  close(): Promise<void> {
    this.stopSending();
    this.#life += 1;
    return this.#client.close();
  }

  #newClient(): SwitchboardClient {
    const life = this.#life;
    const { url, ledger } = this.options;
    const client = createClient({
      url: `${url}/?client=${this.name}`,
      webSocket: WebSocket,
      timers: Object.fromEntries(Object.entries(TIMERS).map(([name, value]) => [camelCased(name), value])),
      ...(this.restarts && {
        storage: {
          load: () => this.#stored,
          save: (text: string) => {
            if (life === this.#life) this.#stored = text;
          },
        },
      }),
    });
    const ifAlive =
      <Args extends unknown[]>(run: (...args: Args) => void) =>
      (...args: Args) => {
        if (life === this.#life) run(...args);
      };
    client.on(
      '*',
      ifAlive(({ type, messageId = '', data, epoch, seq, broadcast }) => {
        const frame = { type, messageId, id: idOf(type, data), epoch, seq, isBroadcast: broadcast !== undefined };
        ledger.shown(this.name, frame, Date.now());
      }),
    );
    client.onRecovery(ifAlive(({ recovered, count, reason }) => ledger.recovery(this.name, recovered, count, reason)));
    client.onError(ifAlive((error) => ledger.other(`${this.name}: ${error}`)));
    client.onState(
      ifAlive(({ state, reason }) => {
        if (state === 'closed') ledger.other(`${this.name} has ended: ${reason}`);
        if (this.id !== '' && state === 'connected' && client.clientId !== this.id) {
          ledger.other(`${this.name} became another client`);
        }
      }),
    );
    return client;
  }

  #sendLater(): void {
    const wait = this.options.sendEvery * 2 * this.#random();
    this.#timers[1] = setTimeout(() => {
      this.#send();
      this.#sendLater();
    }, wait);
  }

  #send(): void {
    this.#sent += 1;
    const { ledger } = this.options;
    const life = this.#life;
    const isTool = this.#sent % 4 === 0;
    const id = `${isTool ? 'tool' : 'chat'}:${this.name}:${this.#sent}`;
    ledger.sent(this.name, id);
    const answer: Promise<unknown> = isTool ? this.#client.callTool('work', { id }) : this.#client.chat(id);
    answer.catch((error) => life === this.#life && ledger.other(`${id} failed: ${error.code} ${error.message}`));
  }

  /** The old program receives and stores nothing more. */
  #restart(): void {
    const old = this.#client;
    this.#life += 1;
    this.#client = this.#newClient();
    void old.close();
    this.#client.connect().catch(() => {}); // closed before it was connected: then the books say what is missing
  }
}

// biome-ignore lint/suspicious/noExplicitAny: data of any frame
export function idOf(type: string, data: any): string {
  if (type === 'chat_message' || type === 'chat_response') return String(data.content);
  if (type === 'tool_call') return String(data.params?.id);
  if (type === 'tool_response') return String(data.result?.id ?? data.error?.code);
  return type === 'error' ? `${data.code} ${data.error}` : String(data.id);
}

/** The same in one Python process, which prints what it is shown. */
export async function startPythonClients(options: ClientsOptions): Promise<Clients> {
  const { ledger, names, ...given } = options;
  const child = spawn(PYTHON, ['-u', join(__dirname, 'python_clients.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, PYTHONPATH: join(ROOT, 'clients/python/src'), PYTHONDONTWRITEBYTECODE: '1' },
  });
  const exit = once(child, 'close');
  const ids = new Map<string, string>();
  const waiting = new Map<string, () => void>();
  const heard = (event: string) => new Promise<void>((resolve) => waiting.set(event, resolve));
  // biome-ignore lint/suspicious/noExplicitAny: what the program says
  const events: Record<string, (...args: any[]) => void> = {
    connected: (name, id) => ids.set(name, id),
    sent: (name, id) => ledger.sent(name, id),
    shown: (name, { message_id: messageId, is_broadcast: isBroadcast, type, data, epoch, seq, at }) =>
      ledger.shown(name, { type, messageId, id: idOf(type, data), epoch, seq, isBroadcast }, at),
    recovery: (name, recovered, count, reason) => ledger.recovery(name, recovered, count, reason),
    other: (fault) => ledger.other(fault),
    ready: () => waiting.get('ready')?.(),
    stopped: () => waiting.get('stopped')?.(),
  };
  createInterface(child.stdout).on('line', (line) => {
    const [event, ...args] = JSON.parse(line);
    events[event]?.(...args);
  });
  const say = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
  const failed = exit.then(([code]) => {
    throw new Error(`the Python clients ended with ${code}`);
  });
  failed.catch(() => {});
  const ready = heard('ready');
  const restarting = names.filter((_, index) => isRestarted(index));
  say({ ...given, names, restarting, timers: TIMERS });
  await Promise.race([ready, failed]);
  return {
    ids,
    begin: () => say({ do: 'begin' }),
    async stopSending() {
      const stopped = heard('stopped');
      say({ do: 'stop' });
      await Promise.race([stopped, failed]);
    },
    async close() {
      child.stdin.end();
      await exit;
    },
  };
}
