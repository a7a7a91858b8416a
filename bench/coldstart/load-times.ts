/** How long a new Node process takes to load a file and exit. The files take turns, so that a busy moment affects all of them. */
import { spawnSync } from 'node:child_process';

/** The environment variables that functions read while loading; nothing is called. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  AWS_REGION: 'us-east-1',
  AWS_LAMBDA_FUNCTION_NAME: 'measured',
  LAMBDA_TASK_ROOT: '/var/task',
  CLIENTS_TABLE: 'Clients',
  HEARTBEAT_SECONDS: '240',
  CLIENT_RATE: '20',
  CLIENT_BURST: '100',
  END_SESSION_FUNCTION: 'end-session',
  MESSAGES_TABLE: 'Messages',
  HISTORY_SECONDS: '86400',
  CALLBACK_URL: 'https://localhost/live',
  WEBSOCKET_URL: 'wss://localhost/live',
  WELCOME_FUNCTION: 'welcome',
  BROADCAST_SEGMENT_FUNCTION: 'broadcast-segment',
  AUTH: 'token',
  SIGNING_KEY_SECRET: 'signing-key',
  API_KEY_SECRET: 'api-key',
  // Lambda's own Node is newer than the versions the SDK warns about.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

/** In milliseconds. */
export interface LoadTime {
  median: number;
  /** Half of the rounds are between these two. */
  quartiles: [number, number];
  /** Of each round, in order. */
  rounds: readonly number[];
}

export function measureLoads(paths: readonly string[], rounds: number, onRound: (round: number) => void): LoadTime[] {
  const times: number[][] = paths.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    onRound(round);
    for (const [index, path] of paths.entries()) {
      const time = load(path);
      if (round > 0) times[index]?.push(time); // the first round only warms the disk cache
    }
  }
  return times.map((values) => ({
    median: quantile(values, 0.5),
    quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
    rounds: values,
  }));
}

function load(path: string): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(path)})`], {
    env: ENVIRONMENT as unknown as NodeJS.ProcessEnv,
    encoding: 'utf8',
  });
  const time = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${path} does not load: ${stderr.slice(-1_000)}`);
  return time;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}
