/** Runs MiniStack as a child process, patched, on loopback, with all its files in one folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port';
import type { Certificate } from './certificate';
import { lastLines, signalGroup } from './command';
import { createHttps } from './https';

const START_BOUND_MILLISECONDS = 60_000;
const STOP_BOUND_MILLISECONDS = 5_000;

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

export interface StandIn {
  /** Endpoint of all services. */
  endpoint: string;
  /** The file to which it writes grants of roles, and calls. */
  grantsFile: string;
  /** For commands that should use the stand-in as AWS: without this machine's account, proxy or home folder. */
  environment: NodeJS.ProcessEnv;
  /** The last lines of its log. */
  log(): string;
  stop(): Promise<void>;
}

export interface StandInOptions {
  python: string;
  /** An empty folder. */
  folder: string;
  certificate: Certificate;
  /** Names of patches in `stand_in.py`. */
  patches: readonly string[];
  signal: AbortSignal;
}

export async function startStandIn({ python, folder, certificate, patches, signal }: StandInOptions): Promise<StandIn> {
  const port = await freePort();
  const endpoint = `https://127.0.0.1:${port}`;
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: folder,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test', // the stand-in's root
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_CA_BUNDLE: certificate.certificate,
    NODE_EXTRA_CA_CERTS: certificate.certificate,
    NODE_NO_WARNINGS: '1', // hides the SDK's warning that Node 20 is old
  };
  const logFile = join(folder, 'stand-in.log');
  const grantsFile = join(folder, 'grants.jsonl');
  const log = () => lastLines(readFileSync(logFile, 'utf8'));
  const output = openSync(logFile, 'w');
  // Not MiniStack's own command, which also opens port 443 if it can.
  const server = ['-m', 'hypercorn', 'stand_in:app', '--workers', '0', '--bind', `127.0.0.1:${port}`];
  const tls = ['--certfile', certificate.certificate, '--keyfile', certificate.key];
  const child = spawn(python, [...server, ...tls], {
    cwd: folder,
    detached: true, // leads a process group that includes its Lambda functions
    stdio: ['ignore', output, output],
    env: {
      ...environment,
      PYTHONPATH: __dirname,
      PYTHONDONTWRITEBYTECODE: '1',
      STAND_IN_PATCHES: patches.join(','),
      STAND_IN_GRANTS: grantsFile,
      GATEWAY_PORT: String(port),
      USE_SSL: '1',
      MINISTACK_SSL_CERT: certificate.certificate,
      MINISTACK_SSL_KEY: certificate.key,
      AUTH: 'true', // checks every call against the policies of the calling role
    },
  });
  closeSync(output);
  try {
    await untilItAnswers(child, endpoint, certificate, signal);
  } catch (error) {
    await stopGroup(child);
    throw new Error(`The stand-in did not start: ${(error as Error).message}\n${log()}`);
  }
  return { endpoint, grantsFile, environment, log, stop: () => stopGroup(child) };
}

async function untilItAnswers(child: ChildProcess, endpoint: string, certificate: Certificate, signal: AbortSignal) {
  const https = createHttps(certificate);
  const deadline = Date.now() + START_BOUND_MILLISECONDS;
  for (;;) {
    signal.throwIfAborted();
    if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}`);
    const { status } = await https.call('GET', `${endpoint}/_ministack/health`).catch(() => ({ status: 0 }));
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error(`no answer within ${START_BOUND_MILLISECONDS / 1_000} s`);
    await sleep(100);
  }
}

/** Its Lambda functions are processes of the group and would otherwise keep running. */
async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await Promise.race([once(child, 'exit'), sleep(STOP_BOUND_MILLISECONDS)]);
  }
  signalGroup(child, 'SIGKILL');
}
