/**
 * Compares LevelDB and LMDB, each as a log of the server's data: a client's record and an item of its history for each chat, with 100 chats
 * per sync.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { median } from './servers';

interface Engine {
  commit(changes: readonly [key: string, value: string | undefined][]): Promise<void>;
  /** @returns the number of entries */
  readAll(): Promise<number>;
  close(): Promise<void>;
}

export interface EngineFigures {
  /** Milliseconds of one small commit, including its sync. */
  oneP50: number;
  oneP99: number;
  /** Milliseconds of a commit of 100 chats. */
  groupP50: number;
  groupP99: number;
  /** Microseconds of the server's own thread per chat. */
  thread: number;
  /** Megabytes after 100,000 chats of which the last 30,000 are kept: about 20 MB. */
  megabytes: number;
  /** Milliseconds to open and read them. */
  open: number;
}

const CHATS = 100_000;
const KEPT = 30_000;
const GROUP = 100;
const CLIENTS = 500;

const RECORD = JSON.stringify(['1fy5dzpc0xzza', 12_345, 12_000, null]);

async function openLevel(folder: string): Promise<Engine> {
  const level = new ClassicLevel<string, string>(folder);
  await level.open();
  return {
    commit(changes) {
      const batch = level.batch();
      for (const [key, value] of changes) {
        if (value === undefined) batch.del(key);
        else batch.put(key, value);
      }
      return batch.write({ sync: true });
    },
    async readAll() {
      const iterator = level.iterator();
      let count = 0;
      for (let read = await iterator.nextv(1_000); read.length > 0; read = await iterator.nextv(1_000))
        count += read.length;
      await iterator.close();
      return count;
    },
    close: () => level.close(),
  };
}

/** The package is not a dependency: `npm install --no-save lmdb` installs it. Undefined if it is missing. */
async function lmdbOpener(): Promise<((folder: string) => Promise<Engine>) | undefined> {
  // biome-ignore lint/suspicious/noExplicitAny: its types are not here
  const lmdb: any = await import('lmdb' as string).catch(() => undefined);
  if (!lmdb) return undefined;
  return async (folder) => {
    const database = lmdb.open({ path: folder, encoding: 'string' });
    return {
      async commit(changes) {
        let last: Promise<unknown> | undefined;
        for (const [key, value] of changes)
          last = value === undefined ? database.remove(key) : database.put(key, value);
        await last;
        await database.flushed;
      },
      async readAll() {
        let count = 0;
        for (const { value } of database.getRange()) if (value !== undefined) count += 1;
        return count;
      },
      close: () => database.close(),
    };
  };
}

/** @returns results by the engine's name */
export async function compareEngines(say: (text: string) => void): Promise<Record<string, EngineFigures>> {
  const figures: Record<string, EngineFigures> = {};
  const openLmdb = await lmdbOpener();
  const engines = { 'classic-level': openLevel, ...(openLmdb && { lmdb: openLmdb }) };
  for (const [name, open] of Object.entries(engines)) {
    say(`engine: ${name}`);
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-engine-'));
    try {
      figures[name] = await measureEngine(folder, open);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return figures;
}

async function measureEngine(folder: string, open: (folder: string) => Promise<Engine>): Promise<EngineFigures> {
  const engine = await open(folder);
  const single: number[] = [];
  for (let chat = 0; chat < 300; chat++) single.push((await timed(engine, changesOf(chat, 1))).total);
  const groups: { total: number; thread: number }[] = [];
  for (let chat = 0; chat < CHATS; chat += GROUP) groups.push(await timed(engine, changesOf(chat, GROUP)));
  await engine.close();
  const start = performance.now();
  const again = await open(folder);
  await again.readAll();
  const opened = performance.now() - start;
  await again.close();
  return {
    oneP50: median(single),
    oneP99: quantile(single, 0.99),
    groupP50: median(groups.map(({ total }) => total)),
    groupP99: quantile(
      groups.map(({ total }) => total),
      0.99,
    ),
    thread: (median(groups.map(({ thread }) => thread)) * 1_000) / GROUP,
    megabytes: readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1e6,
    open: opened,
  };
}

function changesOf(first: number, count: number): [string, string | undefined][] {
  const changes: [string, string | undefined][] = [];
  for (let chat = first; chat < first + count; chat++) {
    changes.push([`c"client-${chat % CLIENTS}"`, RECORD]);
    changes.push([`h${String(chat).padStart(15, '0')}`, randomBytes(450).toString('base64')]);
    if (chat >= KEPT) changes.push([`h${String(chat - KEPT).padStart(15, '0')}`, undefined]);
  }
  return changes;
}

async function timed(engine: Engine, changes: [string, string | undefined][]) {
  const start = performance.now();
  const done = engine.commit(changes);
  const thread = performance.now() - start;
  await done;
  return { total: performance.now() - start, thread };
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
}
