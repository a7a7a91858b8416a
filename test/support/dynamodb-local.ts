/** Amazon's DynamoDB Local as a child process, if `scripts/fetch-dynamodb-local.mjs` has downloaded it and Java is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { RunningDynamo } from './dynamodb';
import { freePort } from './free-port';

const FOLDER = join(__dirname, '../../.cache/dynamodb-local');
const JAR = join(FOLDER, 'DynamoDBLocal.jar');

/** The cheap compiler and collector: a run is too short for the others to pay off, and they would take four times the processor time. */
const JAVA_OPTIONS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Number of attempts to reach it, a tenth of a second apart: Java starts in 2 to 3 seconds on an idle machine. */
const TRIES = 3_000;

/** Why it can't be started here; undefined if it can. */
export function whyNoDynamoLocal(): string | undefined {
  if (!existsSync(JAR)) return 'DynamoDB Local is not in .cache/; node scripts/fetch-dynamodb-local.mjs fetches it';
  return spawnSync('java', ['-version']).status === 0 ? undefined : 'there is no Java to run DynamoDB Local with';
}

export async function startDynamoLocal(): Promise<RunningDynamo> {
  const port = await freePort();
  const libraries = `-Djava.library.path=${join(FOLDER, 'DynamoDBLocal_lib')}`;
  const child = spawn(
    'java',
    [...JAVA_OPTIONS, libraries, '-jar', JAR, '-inMemory', '-disableTelemetry', '-sharedDb', '-port', String(port)],
    { cwd: FOLDER, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = once(child, 'exit');
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await answers(url)); tries++) {
    if (child.exitCode !== null || tries === TRIES) {
      child.kill();
      throw new Error(`DynamoDB Local did not start: ${complaints}`);
    }
    await setTimeout(100);
  }
  return {
    url,
    async stop() {
      child.kill();
      await exited;
    },
  };
}

/** Any answer will do; this one is 400, because the request is unsigned. */
async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
