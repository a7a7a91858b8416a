/** One run on one host: a server, clients of both libraries, an unreliable network, and a ledger of the results. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type ChildServer, startChildServer } from '../support/child-server';
import { type FlakyStore, startFlakyStore } from '../support/flaky-store';
import { type Clients, startPythonClients, startTypeScriptClients } from './clients';
import { CuttingProxy, type NetworkCounts } from './cutting-proxy';
import { type Counts, type Faults, Ledger, type Run } from './ledger';
import { Team } from './team';

export type HostName = 'memory' | 'durable' | 'wire';

export interface ChaosOptions {
  host: HostName;
  seed: number;
  /** Clients per library. */
  typescript: number;
  python: number;
  /** How long faults and messages continue. */
  seconds: number;
  pushesPerSecond: number;
  broadcastsPerSecond: number;
  /** Average time between two messages of a client, in seconds. */
  sendEverySeconds: number;
  progress?: (text: string) => void;
}

export interface Outcome {
  faults: Faults;
  counts: Counts;
  network: NetworkCounts;
  kills: number;
  /** Of the team's calls. */
  retries: string;
}

const NETWORK = { cutEvery: 5_000, lost: 0.01, doubled: 0.01, delayed: 0.01, delay: 2_000 };

/** How long the store fails, in milliseconds. */
const OUTAGE = 10_000;

/** Milliseconds around an outage in which a handler may have failed because of it: it takes up to 2 seconds, and calls are retried. */
const AROUND_OUTAGE = 3_000;

/**
 * Milliseconds without any progress after which missing messages count as lost: twice the time that a message waits after its handler died.
 */
const PATIENCE = 90_000;

export async function runChaos(options: ChaosOptions): Promise<Outcome> {
  const { host, seed, seconds, progress = () => {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-chaos-'));
  const runsFile = join(folder, 'runs');
  const store = host === 'wire' ? await startFlakyStore() : undefined;
  const starter = new Starter(host, folder, runsFile, store);
  const ledger = new Ledger();
  const closers: (() => Promise<void>)[] = [];
  try {
    await starter.start();
    const proxy = await CuttingProxy.start(seed, starter.port);
    closers.push(() => proxy.stop());
    const given = {
      ...{ url: proxy.url, seed, ledger },
      sendEvery: options.sendEverySeconds * 1_000,
      restartAfter: seconds * 500,
    };
    const names = (library: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${library}-${index}`);
    const all: Clients[] = [];
    for (const [start, library, count] of [
      [startTypeScriptClients, 'ts', options.typescript],
      [startPythonClients, 'py', options.python],
    ] as const) {
      const own = names(library, count);
      for (const name of own) ledger.addClient(name);
      if (count === 0) continue;
      const clients = await start({ ...given, names: own });
      closers.unshift(() => clients.close());
      all.push(clients);
    }
    progress(`${options.typescript + options.python} clients are connected`);
    const ids = new Map(all.flatMap((clients) => [...clients.ids]));
    const rates = { pushEvery: 1_000 / options.pushesPerSecond, broadcastEvery: 1_000 / options.broadcastsPerSecond };
    proxy.disturb(NETWORK);
    const team = new Team({ httpUrl: starter.httpUrl, ids, ...rates, ledger, runId: `${host}-${seed}` });
    for (const clients of all) clients.begin();

    const outage = await faultsOf(options, starter, store, progress);
    await Promise.all(all.map((clients) => clients.stopSending()));
    await team.stop();
    progress('all is sent; waiting for the rest');
    proxy.calm();
    await settled(ledger);

    const runs: Run[] = existsSync(runsFile)
      ? readFileSync(runsFile, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
    const closed = ledger.close(
      runs,
      (time) => outage !== undefined && time >= outage - AROUND_OUTAGE && time <= outage + OUTAGE + AROUND_OUTAGE,
    );
    return { ...closed, network: proxy.counts, kills: starter.kills, retries: team.retries };
  } finally {
    for (const close of closers) await close();
    await starter.kill();
    await store?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for the end of the faults: two kills, or one outage of the store. @returns when the store failed */
async function faultsOf(
  { host, seconds }: ChaosOptions,
  starter: Starter,
  store: FlakyStore | undefined,
  progress: (text: string) => void,
): Promise<number | undefined> {
  const third = (seconds * 1_000) / 3;
  await wait(third);
  let outage: number | undefined;
  if (store) {
    outage = Date.now();
    progress('the store fails');
    store.mood = 'fails';
    await wait(OUTAGE);
    store.mood = 'works';
    await wait(Math.max(0, 2 * third - OUTAGE));
    return outage;
  }
  for (let kill = 0; kill < 2; kill++) {
    if (host === 'durable') {
      progress('the process is killed');
      await starter.kill();
      await starter.start();
    }
    await wait(third);
  }
  return outage;
}

/** Resolves once nothing is missing, or nothing has arrived for a long time; then a moment later, to catch duplicates. */
async function settled(ledger: Ledger): Promise<void> {
  let [last, since] = [-1, Date.now()];
  while (ledger.missing().length > 0 && Date.now() - since < PATIENCE) {
    if (ledger.entries !== last) [last, since] = [ledger.entries, Date.now()];
    await wait(250);
  }
  await wait(3_000);
}

/** Starts the server, and restarts it in its place. */
class Starter {
  kills = 0;
  port = 0;
  httpUrl = '';
  #server: ChildServer | undefined;
  #lives = 0;

  constructor(
    readonly host: HostName,
    readonly folder: string,
    readonly runsFile: string,
    readonly store: FlakyStore | undefined,
  ) {}

  async start(): Promise<void> {
    this.#lives += 1;
    const again = this.port !== 0 && { WS_PORT: String(this.port), API_PORT: new URL(this.httpUrl).port };
    const environment = {
      ...{ CHAOS_LOG: this.runsFile, CHAOS_LIFE: String(this.#lives) },
      ...{ LOG_LEVEL: process.env.CHAOS_LOG_LEVEL ?? 'silent', HEARTBEAT_SECONDS: '2', CLIENT_RATE: '0' },
      ...{ HISTORY_PER_CLIENT: '1000000', HISTORY_TOTAL_BYTES: '1000000000' },
      ...(this.host === 'durable' && { DATA_DIR: join(this.folder, 'data') }),
      ...(this.store && { DYNAMODB_ENDPOINT: this.store.url }),
      ...again,
    };
    const options = this.host === 'wire' ? ['--wire'] : [];
    this.#server = await startChildServer({ program: 'test/chaos/server-program.ts', environment, options });
    if (process.env.CHAOS_LOG_LEVEL) this.#server.process.stdout?.pipe(process.stderr);
    this.port = Number(new URL(this.#server.webSocketUrl).port);
    this.httpUrl = this.#server.httpUrl;
  }

  async kill(): Promise<void> {
    this.kills += 1;
    this.#server?.process.kill('SIGKILL');
    await this.#server?.exit;
  }
}
