/**
 * The server with its data on disk and in memory: chats a second, and how long one takes. They take turns, so that both run under the same
 * conditions.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLoadProcess } from '../load-process';
import type { MeasureName } from '../measures';
import { measureLatency } from '../measuring/latency';
import { measureRate } from '../measuring/rate';
import { closeClients, openClients } from '../measuring/trial';
import { startTarget } from '../target-process';
import { targets } from '../targets/targets';

const ROUNDS = 5;
const CONNECTIONS = 50;
const SECONDS = 3;
const LATENCY_MESSAGES = 1_000;

const MEASURES = ['chat_rate', 'chat_processor', 'chat_p50', 'chat_p99'] as const;
type Figures = Record<(typeof MEASURES)[number], number[]>;

export async function compareServers(say: (text: string) => void): Promise<Record<'memory' | 'disk', Figures>> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  const figures = { memory: newFigures(), disk: newFigures() };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const where of ['memory', 'disk'] as const) {
        say(`round ${round + 1} of ${ROUNDS}: ${where}`);
        await measure(where === 'disk' ? join(folder, String(round)) : '', figures[where]);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return figures;
}

function newFigures(): Figures {
  return { chat_rate: [], chat_processor: [], chat_p50: [], chat_p99: [] };
}

async function measure(dataDir: string, figures: Figures): Promise<void> {
  const { local } = targets;
  const server = await startTarget({ ...local, environment: { ...local.environment, DATA_DIR: dataDir } });
  const load = startLoadProcess();
  function record(measure: MeasureName, value: number): void {
    if (measure in figures) figures[measure as keyof Figures].push(value);
  }
  const trial = { server, load, record };
  try {
    await openClients(trial, 1);
    await measureLatency(trial, 'chat', LATENCY_MESSAGES);
    await openClients(trial, CONNECTIONS);
    await measureRate(trial, 'chat', SECONDS);
    await closeClients(trial);
  } finally {
    await Promise.all([server.stop(), load.stop()]);
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
