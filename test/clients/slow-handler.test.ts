/** A message whose handler is slow holds up no push that comes behind it, at the reader of either library. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { createClient } from '../../clients/typescript/src';
import { type ChildServer, startChildServer } from '../support/child-server';
import { call } from '../support/http';
import { hasPythonClient, PYTHON } from '../support/python';
import { ROOT } from '../support/readme';

/** The answer keeps its number for a second, and a reader waits a second for a hole: far less than this, also on a busy machine. */
const QUESTION = 'chat:slow-12000';

const ORDER = ['push', QUESTION];

let server: ChildServer;
let folder: string;

const runs = () => join(folder, 'runs');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-slow-'));
  const environment = { CHAOS_LOG: runs() };
  server = await startChildServer({ program: 'test/chaos/server-program.ts', environment });
});

afterAll(async () => {
  server.process.kill();
  await server.exit;
  rmSync(folder, { recursive: true });
});

/** Resolves when so many messages are being handled, or were. */
async function handlersBegun(count: number): Promise<void> {
  while (!existsSync(runs()) || readFileSync(runs(), 'utf8').split('\n').length <= count) await pause(20);
}

const push = (clientId: unknown) =>
  call('POST', `${server.httpUrl}/send_message`, { client_id: clientId, content: 'push' });

test('TypeScript', async () => {
  const client = createClient({ url: server.webSocketUrl, webSocket: WebSocket });
  const shown: unknown[] = [];
  const numbers: number[] = [];
  const begun = performance.now();
  const at: number[] = [];
  client.on('*', ({ data, seq = 0 }) => {
    shown.push(data.content);
    numbers.push(seq);
    at.push(performance.now() - begun);
  });
  await client.connect();
  const answer = client.chat(QUESTION);
  await handlersBegun(1);
  await push(client.clientId);
  await answer;
  await client.close();
  expect(shown).toEqual(ORDER);
  expect(numbers[0]).toBeLessThan(numbers[1] as number);
  expect(at[0]).toBeLessThan((at[1] as number) / 2);
});

const PROGRAM = `
import asyncio, json, sys, time
from switchboard_client import Client

async def main():
    async with Client(sys.argv[1]) as client:
        shown, begun = [], time.monotonic()
        client.on()(lambda frame: shown.append([frame.data["content"], frame.seq, time.monotonic() - begun]))
        answer = client.chat(sys.argv[2])
        await asyncio.sleep(0)
        print(client.client_id, flush=True)
        await answer
        print(json.dumps(shown))

asyncio.run(main())
`;

(hasPythonClient() ? test : test.skip)('Python', async () => {
  const env = { PYTHONPATH: join(ROOT, 'clients/python/src'), PYTHONDONTWRITEBYTECODE: '1' };
  const running = promisify(execFile)(PYTHON, ['-c', PROGRAM, server.webSocketUrl, QUESTION], { env });
  const clientId = await new Promise((resolve) => running.child.stdout?.once('data', (text) => resolve(text.trim())));
  await handlersBegun(2);
  await push(clientId);
  const shown = JSON.parse((await running).stdout.trim().split('\n')[1] as string);
  expect(shown.map(([content]: unknown[]) => content)).toEqual(ORDER);
  expect(shown[0][1]).toBeLessThan(shown[1][1]);
  expect(shown[0][2]).toBeLessThan(shown[1][2] / 2);
});
