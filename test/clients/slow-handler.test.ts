/** A slow message handler does not delay the pushes behind it, in the reader of either library. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

let server: ChildServer;
let folder: string;

const runs = () => join(folder, 'runs');

/** A chat that is answered once its reader has shown the push and writes the file. A reader that waits for the answer first never ends. */
const questionOf = (reader: string) => {
  const file = join(folder, reader);
  return { file, question: `chat:until-${file}` };
};

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

/** Resolves when this many messages are being handled, or were. */
async function handlersBegun(count: number): Promise<void> {
  while (!existsSync(runs()) || readFileSync(runs(), 'utf8').split('\n').length <= count) await pause(20);
}

const push = (clientId: unknown) =>
  call('POST', `${server.httpUrl}/send_message`, { client_id: clientId, content: 'push' });

test('a slow handler delays no push in TypeScript', async () => {
  const client = createClient({ url: server.webSocketUrl, webSocket: WebSocket });
  const shown: unknown[] = [];
  const numbers: number[] = [];
  const { file, question } = questionOf('typescript');
  client.on('*', ({ data, seq = 0 }) => {
    shown.push(data.content);
    numbers.push(seq);
    if (data.content === 'push') writeFileSync(file, '');
  });
  await client.connect();
  const answer = client.chat(question);
  await handlersBegun(1);
  await push(client.clientId);
  await answer;
  await client.close();
  expect(shown).toEqual(['push', question]);
  expect(numbers[0]).toBeLessThan(numbers[1] as number);
});

const PROGRAM = `
import asyncio, json, pathlib, sys
from switchboard_client import Client

async def main():
    async with Client(sys.argv[1]) as client:
        shown = []

        @client.on()
        def show(frame):
            shown.append([frame.data["content"], frame.seq])
            if frame.data["content"] == "push":
                pathlib.Path(sys.argv[3]).touch()

        answer = client.chat(sys.argv[2])
        await asyncio.sleep(0)
        print(client.client_id, flush=True)
        await answer
        print(json.dumps(shown))

asyncio.run(main())
`;

(hasPythonClient() ? test : test.skip)('a slow handler delays no push in Python', async () => {
  const env = { PYTHONPATH: join(ROOT, 'clients/python/src'), PYTHONDONTWRITEBYTECODE: '1' };
  const { file, question } = questionOf('python');
  const running = promisify(execFile)(PYTHON, ['-c', PROGRAM, server.webSocketUrl, question, file], { env });
  const clientId = await new Promise((resolve) => running.child.stdout?.once('data', (text) => resolve(text.trim())));
  await handlersBegun(2);
  await push(clientId);
  const shown = JSON.parse((await running).stdout.trim().split('\n')[1] as string);
  expect(shown.map(([content]: unknown[]) => content)).toEqual(['push', question]);
  expect(shown[0][1]).toBeLessThan(shown[1][1]);
});
