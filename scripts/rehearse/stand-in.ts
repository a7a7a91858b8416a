/** MiniStack as a process of its own, patched and on loopback, with everything that it writes in one folder. */
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
  /** Of every service. */
  endpoint: string;
  /** For commands that are to take it for AWS: nothing of an account, a proxy or a home folder of this machine. */
  environment: NodeJS.ProcessEnv;
  /** The end of what it said about itself. */
  log(): string;
  stop(): Promise<void>;
}

export interface StandInOptions {
  python: string;
  /** An empty folder. */
  folder: string;
  certificate: Certificate;
  /** Of `stand_in.py`. */
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
    NODE_NO_WARNINGS: '1', // the SDK's, that Node 20 is old
  };
  const logFile = join(folder, 'stand-in.log');
  const log = () => lastLines(readFileSync(logFile, 'utf8'));
  const output = openSync(logFile, 'w');
  // Not its own command, which would open port 443 as well where it may.
  const server = ['-m', 'hypercorn', 'stand_in:app', '--workers', '0', '--bind', `127.0.0.1:${port}`];
  const tls = ['--certfile', certificate.certificate, '--keyfile', certificate.key];
  const child = spawn(python, [...server, ...tls], {
    cwd: folder,
    detached: true, // the leader of a group, in which its functions are too
    stdio: ['ignore', output, output],
    env: {
      ...environment,
      PYTHONPATH: __dirname,
      PYTHONDONTWRITEBYTECODE: '1',
      STAND_IN_PATCHES: patches.join(','),
      GATEWAY_PORT: String(port),
      USE_SSL: '1',
      MINISTACK_SSL_CERT: certificate.certificate,
      MINISTACK_SSL_KEY: certificate.key,
      AUTH: 'true', // every call is held against the policies of the role that makes it
    },
  });
  closeSync(output);
  try {
    await untilItAnswers(child, endpoint, certificate, signal);
  } catch (error) {
    await stopGroup(child);
    throw new Error(`The stand-in did not start: ${(error as Error).message}\n${log()}`);
  }
  return { endpoint, environment, log, stop: () => stopGroup(child) };
}

async function untilItAnswers(child: ChildProcess, endpoint: string, certificate: Certificate, signal: AbortSignal) {
  const https = createHttps(certificate);
  const deadline = Date.now() + START_BOUND_MILLISECONDS;
  for (;;) {
    signal.throwIfAborted();
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const { status } = await https.call('GET', `${endpoint}/_ministack/health`).catch(() => ({ status: 0 }));
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error(`no answer within ${START_BOUND_MILLISECONDS / 1_000} s`);
    await sleep(100);
  }
}

/** Its functions are processes of its group, and would outlive it. */
async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await Promise.race([once(child, 'exit'), sleep(STOP_BOUND_MILLISECONDS)]);
  }
  signalGroup(child, 'SIGKILL');
}
