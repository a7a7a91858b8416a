/** Outages of the database: what hosts with data in DynamoDB do meanwhile, and how fast they recover. */
import { randomUUID } from 'node:crypto';
import { type ChildOptions, startChildServer } from '../../test/support/child-server';
import { type Mood, startFlakyStore } from '../../test/support/flaky-store';
import { goThroughOutage, type OutageResult } from '../../test/support/outage';

const SECONDS = 30;

/** The outage after which a new client must be served within `BACK`. */
const HANG_SECONDS = 20;

/** Milliseconds from the end of an outage until a new client is served. */
export const BACK = 2_000;

const CLIENTS = 50;

interface Trial {
  host: string;
  mood: Mood;
  seconds: number;
}

export interface OutageReading extends Trial, OutageResult {}

const hosts: Record<string, (store: string) => ChildOptions & { apiKey?: string }> = {
  '`--wire`': (url) => ({ options: ['--wire'], environment: { LOG_LEVEL: 'error', DYNAMODB_ENDPOINT: url } }),
  'AWS functions': (url) => {
    const apiKey = randomUUID();
    return {
      program: 'test/support/bundled-server.ts',
      environment: { API_KEY: apiKey, DYNAMODB_ENDPOINT: url },
      apiKey,
    };
  },
};

const trials: Trial[] = [
  ...Object.keys(hosts).map((host): Trial => ({ host, mood: 'hangs', seconds: HANG_SECONDS })),
  ...(['refuses', 'hangs', 'stalls', 'throttles', 'fails', 'loses'] as const).map(
    (mood): Trial => ({ host: '`--wire`', mood, seconds: SECONDS }),
  ),
];

/** @param seconds  duration of each outage, for a short run */
export async function runOutages(
  seconds: number | undefined,
  seed: number,
  say: (text: string) => void,
): Promise<OutageReading[]> {
  const readings: OutageReading[] = [];
  for (const trial of trials) {
    const reading = await runOutage({ ...trial, seconds: seconds ?? trial.seconds }, seed);
    say(`${reading.host}, a store that ${reading.mood}: ${JSON.stringify(reading)}`);
    readings.push(reading);
  }
  return readings;
}

async function runOutage(trial: Trial, seed: number): Promise<OutageReading> {
  const store = await startFlakyStore();
  const { apiKey, ...options } = (hosts[trial.host] as (url: string) => ChildOptions & { apiKey?: string })(store.url);
  const server = await startChildServer(options);
  let said = '';
  for (const stream of [server.process.stdout, server.process.stderr]) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  try {
    const result = await goThroughOutage(
      { server, store, said: () => said, apiKey },
      { mood: trial.mood, seconds: trial.seconds, clients: CLIENTS, seed },
    );
    if (!(result.newcomerServed <= BACK))
      result.problems.push(`a new client was served after ${result.newcomerServed} ms`);
    return { ...trial, ...result };
  } finally {
    server.process.kill('SIGTERM');
    await server.exit;
    await store.stop();
  }
}
