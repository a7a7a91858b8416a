/**
 * Memory and processor time of one task, measured: the function's bundle, as deployed, in its own process, against fakes for DynamoDB and
 * @connections on loopback.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BroadcastSegmentTask } from '../../lambdas/broadcasts/segment';
import { EVERYBODY } from '../../lambdas/ports/client-store';
import { newUuid } from '../../lambdas/ports/runtime';
import { encode, frameOf } from '../../lambdas/protocol/codec';
import { bundle } from '../../lib/bundle';
import { startStandIns } from './stand-ins';

export interface TaskMeasurement {
  sessions: number;
  messageBytes: number;
  /** Peak memory of the process, including Node and the SDK. */
  memoryBytes: number;
  /** Milliseconds of a core per session, everything included. */
  coreMilliseconds: number;
}

/**
 * The heap of a function with 128 MB, as Lambda's runtime divides it: 5 % for the young and 90 % for the old generation. With more, Node
 * uses more and collects later, which says nothing about what the task needs.
 */
const HEAP = ['--max-semi-space-size=6', '--max-old-space-size=115'];

/** Runs the handler like Lambda, and returns what the process has used. */
const RUNNER = `
  const [bundle, task] = process.argv.slice(1);
  const { handler } = require(bundle);
  const before = process.cpuUsage();
  handler(JSON.parse(task), { getRemainingTimeInMillis: () => 900000 }).then(() => {
    const { user, system } = process.cpuUsage(before);
    process.stdout.write(JSON.stringify({ maxRSS: process.resourceUsage().maxRSS, microseconds: user + system }));
    process.exit(0);
  });
`;

/**
 * @param sessions       in the segment
 * @param contentLength  of the message, in characters
 */
export async function measureTask(sessions: number, contentLength: number): Promise<TaskMeasurement> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-task-'));
  const message = { type: 'announcement', data: { content: 'x'.repeat(contentLength) } };
  const frameText = encode(frameOf(message, newUuid(), new Date().toISOString()));
  const task: BroadcastSegmentTask = { task: 'broadcast_segment', broadcastId: newUuid(), segment: 0 };
  const standIns = await startStandIns(sessions, broadcastItem(task.broadcastId, frameText));
  try {
    const file = join(folder, 'index.cjs');
    await writeFile(file, bundle('broadcasts/segment').text);
    const child = spawn(process.execPath, [...HEAP, '--no-warnings', '-e', RUNNER, file, JSON.stringify(task)], {
      env: { ...environmentOf(standIns.callbackUrl), AWS_ENDPOINT_URL_DYNAMODB: standIns.dynamoUrl },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = (await text(child.stdout)).trim().split('\n'); // lines that alarms count are logged at every level, and come first
    const { maxRSS, microseconds } = JSON.parse(lines.at(-1) ?? '');
    return {
      sessions,
      messageBytes: frameText.length,
      memoryBytes: maxRSS * 1_024, // in kilobytes, whatever the platform
      coreMilliseconds: microseconds / 1_000 / sessions,
    };
  } finally {
    await standIns.stop();
    await rm(folder, { recursive: true });
  }
}

function broadcastItem(broadcastId: string, frameText: string): object {
  const broadcast = {
    broadcastId,
    messageId: newUuid(),
    startedAt: new Date().toISOString(),
    audience: EVERYBODY,
    segments: 16,
  };
  return {
    client_id: { S: `broadcast#${broadcastId}` },
    sort_key: { S: 'broadcast' },
    broadcast: { S: JSON.stringify(broadcast) },
    text: { S: frameText },
    expires_at: { N: String(Math.floor(Date.now() / 1_000) + 3_600) },
  };
}

/** As `lib/` sets it, with a fictitious account. */
function environmentOf(callbackUrl: string): Record<string, string> {
  return {
    CLIENTS_TABLE: 'clients',
    MESSAGES_TABLE: 'messages',
    HISTORY_SECONDS: '86400',
    CALLBACK_URL: callbackUrl,
    BROADCAST_SEGMENT_FUNCTION: 'broadcast-segment',
    LOG_LEVEL: 'error',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nobody',
  };
}
