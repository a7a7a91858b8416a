/** MiniStack, whose DynamoDB is neither Amazon's nor dynalite, as a child process on loopback. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installPython } from '../../scripts/python-environment';
import type { RunningDynamo } from './dynamodb';
import { freePort } from './free-port';

/** Separate from the rehearsal's, which may be installing its own at the same time. */
const CACHE = join(__dirname, '../../.cache/ministack-stores');
const REQUIREMENTS = join(__dirname, '../../scripts/rehearse/requirements.txt');

/** Number of attempts to reach it, a tenth of a second apart. */
const TRIES = 3_000;

/** Why it cannot be installed here; undefined if it can. */
export function whyNoMiniStack(): string | undefined {
  const probe = spawnSync(process.env.PYTHON ?? 'python3', ['-c', 'import ensurepip']);
  return probe.status === 0 ? undefined : 'there is no Python 3 with venv to run MiniStack with';
}

export async function startMiniStack(): Promise<RunningDynamo> {
  const python = await installPython(CACHE, REQUIREMENTS, new AbortController().signal);
  const folder = mkdtempSync(join(tmpdir(), 'ministack-'));
  const port = await freePort();
  // Not MiniStack's own command, which also opens port 443 if it can.
  const server = ['-m', 'hypercorn', 'ministack.app:app', '--workers', '0', '--bind', `127.0.0.1:${port}`];
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(python, server, { cwd: folder, env, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await isHealthy(url)); tries++) {
    if (child.exitCode !== null || tries === TRIES) {
      child.kill('SIGKILL');
      throw new Error('MiniStack did not start');
    }
    await sleep(100);
  }
  return {
    url,
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/_ministack/health`)).ok;
  } catch {
    return false;
  }
}
