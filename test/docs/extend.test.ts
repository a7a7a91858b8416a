/** docs/extend.md: each change that it shows is applied to a copy of the tree, and works on a running server. `test/slow/clone-stays-green` runs the checks on it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { HANDLER_TIMEOUT_MS } from '../../lambdas/protocol/limits';
import { applyBlock, applyDiff, copyOfTree, filesOf, hunksOf, removeCopy } from '../support/changes';
import { startChild, startChildServer } from '../support/child-server';
import { call } from '../support/http';
import { type Block, blocksOf, codeIn, sectionOf, tablesOf } from '../support/markdown';
import { README, ROOT, readMarkdown } from '../support/readme';
import { TestClient } from '../support/test-client';
import { changes, page } from './extend-page';

const { responder, streaming, tool, messageType, httpCall, task, starting, setting } = changes;

/** @returns the folder of a copy of the tree with changes */
function copyWith(...applied: Block[][]): string {
  const folder = copyOfTree(ROOT);
  for (const block of applied.flat()) applyBlock(folder, block);
  return folder;
}

type Server = Awaited<ReturnType<typeof startChildServer>>;

async function withServer(folder: string, environment: Record<string, string>, use: (server: Server) => Promise<void>) {
  const server = await startChildServer({ cwd: folder, program: 'local/main.ts', environment });
  try {
    await use(server);
  } finally {
    server.process.kill('SIGTERM');
    await server.exit;
  }
}

describe('the table', () => {
  const rows = (tablesOf(page)[0] ?? [])
    .slice(1)
    .map(([, count, files = '']) => ({ count: Number(count), files: codeIn(files) }));
  const shown = [responder, streaming, tool, messageType, httpCall, task, setting].map(filesOf);

  it('counts the files of each change', () => {
    expect(rows.map(({ count }) => count)).toEqual(shown.map((files) => files.length));
    expect(rows.map(({ count }) => count)).toEqual([1, 1, 1, 1, 2, 3, 2]);
  });

  it('lists them, except for a new one', () => {
    const isThere = (path: string) => path !== 'lambdas/nudges/nudge.ts';
    expect(rows.map(({ files }) => files)).toEqual(shown.map((files) => files.filter(isThere)));
  });

  it('has a row for each section with changes', () => {
    const used = [responder, streaming, tool, messageType, httpCall, task, starting, setting].flat();
    expect(used.map(({ line }) => line)).toEqual(blocksOf(page).map(({ line }) => line));
  });
});

describe('a responder, a tool, a message type, an HTTP call and a background task', () => {
  let copy: string;
  let server: Server;

  beforeAll(async () => {
    copy = copyWith(responder, tool, messageType, httpCall, task, starting);
    server = await startChildServer({ cwd: copy, program: 'local/main.ts' });
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    await server?.exit;
    removeCopy(copy);
  });

  it('the responder answers', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { data } = await client.ask({ type: 'chat_message', data: { content: 'hello' } });
    expect(data).toMatchObject({ content: 'HELLO', status: 'completed', model: 'shout-1' });
    await client.close();
  });

  it('the tool runs, and refuses other parameters', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const ask = async (params: object) =>
      (await client.ask({ type: 'tool_call', data: { tool_name: 'roll_dice', params } })).data;
    const { result, ...rest } = await ask({ dice: 3 });
    expect(rest).toEqual({ tool_name: 'roll_dice', params: { dice: 3 }, status: 'completed' });
    expect(result.filter((eyes: number) => [1, 2, 3, 4, 5, 6].includes(eyes))).toHaveLength(3);
    expect(await ask({ dice: 11 })).toMatchObject({ status: 'failed', error: { code: 'invalid_params' } });
    await client.close();
  });

  it('the message is answered and kept, and an invalid one is refused', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const answer = await client.ask({ type: 'rating', data: { stars: 5 }, message_id: 'r1' });
    expect(answer).toMatchObject({ type: 'rating_saved', data: { stars: 5 }, reply_to: 'r1' });
    const refused = await client.ask({ type: 'rating', data: { stars: 6 } });
    expect(refused.data).toMatchObject({ code: 'invalid_message', details: [{ path: 'data.stars' }] });
    const { body } = await call('GET', `${server.httpUrl}/clients/${client.clientId}/messages`);
    expect(body.messages.map(({ type }: { type: string }) => type)).toEqual(['rating_saved', 'rating']);
    await client.close();
  });

  it('the HTTP call answers, and 404 for a client that is not connected', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { status, body } = await call('GET', `${server.httpUrl}/clients/${client.clientId}/idle`);
    expect({ status, body }).toEqual({ status: 200, body: { idle_seconds: expect.any(Number) } });
    await client.close();
    const missing = await call('GET', `${server.httpUrl}/clients/nobody/idle`);
    expect(missing).toMatchObject({ status: 404, body: { code: 'client_not_found' } });
  });

  it('the task runs after the call that starts it, and only reaches silent clients', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const nudge = (seconds: unknown) => call('POST', `${server.httpUrl}/nudges`, { silent_seconds: seconds });
    expect((await nudge(3_600)).status).toBe(202);
    expect((await nudge('long')).status).toBe(422);
    expect((await nudge(0)).status).toBe(202);
    const { type, data } = await client.next();
    expect({ type, data }).toEqual({ type: 'chat_message', data: { content: 'Are you still there?', from_api: true } });
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    await client.close();
  });

  it('are in both descriptions', async () => {
    const asyncApi = (await call('GET', `${server.httpUrl}/asyncapi.json`)).body;
    expect(Object.keys(asyncApi.components.messages)).toContain('client_rating');
    const openApi = (await call('GET', `${server.httpUrl}/openapi.json`)).body;
    expect(openApi.paths['/clients/{client_id}/idle'].get.summary).toBe('How long a client has been silent');
    expect(openApi.paths['/nudges'].post.responses['202'].description).toBe('Goes on in the background');
  });
});

describe('a responder that streams', () => {
  const countdown = ['3 … ', '2 … ', '1 … ', 'liftoff'];

  it('sends each piece to a client that asks for them, and the whole to every client', async () => {
    const copy = copyWith(streaming);
    await withServer(copy, {}, async ({ webSocketUrl }) => {
      const client = await TestClient.connect(webSocketUrl);
      const frames = async (message: object) => {
        client.send(message);
        for (const received: { type: string; data: unknown }[] = []; ; ) {
          const { type, data } = await client.next();
          received.push({ type, data });
          if (type === 'chat_response') return received;
        }
      };
      const processing = { type: 'processing', data: { status: 'processing' } };
      const whole = expect.objectContaining({ content: countdown.join(''), model: 'countdown-1' });
      const chat = { content: '3 seconds' };
      const [first, ...streamed] = await frames({ type: 'chat_message', data: { ...chat, stream: true } });
      expect([first, streamed.pop()]).toEqual([processing, { type: 'chat_response', data: whole }]);
      expect(streamed.length).toBeGreaterThan(1);
      const shown = streamed.map(({ data }) => (data as { delta: string }).delta).join('');
      expect(countdown.join('').startsWith(shown)).toBe(true);
      expect(await frames({ type: 'chat_message', data: chat })).toEqual([
        processing,
        { type: 'chat_response', data: whole },
      ]);
      await client.close();
    });
    removeCopy(copy);
  });
});

describe('a setting and a secret', () => {
  it('reach the responder’s service, and a wrong value stops the start', async () => {
    const copy = copyWith(setting);
    const asked: { url?: string; authorization?: string; body: unknown }[] = [];
    const service = createServer(async (request: IncomingMessage, response) => {
      const { url, headers } = request;
      asked.push({ url, authorization: headers.authorization, body: await json(request) });
      response.writeHead(asked.length === 1 ? 200 : 500).end('{"answer": "42"}');
    });
    await once(service.listen(0, '127.0.0.1'), 'listening');
    const address = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const environment = { ANSWERS_URL: address, ANSWERS_KEY: 'key-of-the-service', LOG_LEVEL: 'debug' };
    await withServer(copy, environment, async ({ webSocketUrl, exit, process }) => {
      const client = await TestClient.connect(webSocketUrl);
      const ask = () => client.ask({ type: 'chat_message', data: { content: 'the question' } });
      expect((await ask()).data).toMatchObject({ content: '42', status: 'completed', model: 'answers-1' });
      expect(asked).toEqual([
        {
          url: '/answers',
          authorization: 'Bearer key-of-the-service',
          body: { content: 'the question', client_id: client.clientId },
        },
      ]);
      expect((await ask()).data).toMatchObject({ status: 'failed' });
      await client.close();
      process.kill('SIGTERM');
      const { stdout, stderr } = await exit;
      expect(stdout).toContain('the answers service answered 500');
      expect(stdout + stderr).not.toContain('key-of-the-service');
    });
    service.close();

    const failed = await startChild({
      cwd: copy,
      program: 'local/main.ts',
      environment: { ANSWERS_URL: 'nowhere' },
    }).exit;
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(
      'ANSWERS_URL is "nowhere", but must be an origin such as https://answers.example.com',
    );
    removeCopy(copy);
  });
});

describe('the text', () => {
  it('lists each field of the context', () => {
    const source = readFileSync(join(ROOT, 'lambdas/ports/handler-context.ts'), 'utf8');
    const fields = [...source.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name);
    const rows = (tablesOf(sectionOf(page, 'What your code is given'))[0] ?? []).slice(1);
    const listed = rows.map(([field = '']) => codeIn(field)[0]?.replace(/\(.*/, ''));
    expect(listed.sort()).toEqual(fields.sort());
  });

  it('has the time limit of a message', () => {
    expect(page).toContain(`A message must be handled within ${HANDLER_TIMEOUT_MS / 1_000} seconds`);
  });

  it('of the READMEs shows a responder as this page does', () => {
    const blocks = blocksOf(readMarkdown(README)).filter(({ language }) => language === 'ts');
    expect(blocks.map(({ code }) => code)).toEqual(responder.map(({ code }) => code));
  });
});

describe('a block of changes', () => {
  const block = (code: string): Block => ({ language: 'diff', code, line: 7 });

  it('that does not fit is reported with its line and its file', () => {
    const copy = copyOfTree(ROOT, ['lambdas/ports']);
    const apply = (code: string) => applyDiff(copy, block(code));
    expect(() => apply('--- lambdas/ports/tool.ts\n no such line\n+another\n')).toThrow(
      /tool\.ts has 0 times .* line 7/,
    );
    expect(() => apply('--- lambdas/ports/tool.ts\n import\n+another\n')).toThrow(/has 0 times/);
    removeCopy(copy);
  });

  it('has the surrounding lines for each hunk', () => {
    expect(hunksOf(block('--- a.ts\n one\n+two\n@@\n-three\n+four\n--- b.ts\n+five\n'))).toEqual([
      { path: 'a.ts', before: 'one\n', after: 'one\ntwo\n' },
      { path: 'a.ts', before: 'three\n', after: 'four\n' },
      { path: 'b.ts', before: '', after: 'five\n' },
    ]);
  });
});
