/** Calls with an `Idempotency-Key` whose server is killed after it wrote the message and before it answered: on disk, and with data in DynamoDB. */
import { type ChildServer, startChildServer } from '../support/child-server';
import { newFolder, removeFolders } from '../support/data-folder';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { call } from '../support/http';
import { TestClient } from '../support/test-client';

/** A call whose process died has its key for so long. */
const KEY_IS_FREE = '30001';

let dynamo: RunningDynamo;
const servers: ChildServer[] = [];

beforeAll(async () => {
  dynamo = await startDynalite();
});

afterAll(async () => {
  for (const server of servers) server.process.kill('SIGKILL');
  await Promise.all(servers.map(({ exit }) => exit));
  removeFolders();
  await dynamo.stop();
});

async function start(options: readonly string[], environment: Record<string, string>): Promise<ChildServer> {
  const server = await startChildServer({ program: 'test/support/later-program.ts', options, environment });
  servers.push(server);
  return server;
}

describe.each([
  ['on disk', []],
  ['--wire', ['--wire']],
])('%s', (_, options) => {
  it.each([
    ['/send_message', { content: 'hello' }, 'chat_message', { content: 'hello' }],
    ['/call_tool', { tool_name: 'show' }, 'tool_call', { tool_name: 'show' }],
  ])('a retry of POST %s sends the same message again, not another', async (path, body, type, data) => {
    const environment = { DATA_DIR: newFolder(), LOG_LEVEL: 'error', DYNAMODB_ENDPOINT: dynamo.url };
    const first = await start(options, environment);
    const before = await TestClient.connect(first.webSocketUrl);
    const headers = { 'idempotency-key': `key of ${before.clientId}`.replaceAll(' ', '-'), prefer: 'wait=25' };
    const keyed = { client_id: before.clientId, hold_seconds: 3_600, ...body };
    const answer = call('POST', `${first.httpUrl}${path}`, keyed, headers).catch(() => 'no answer');
    const sent = await before.nextOf(type); // it waits for the client, which does not answer
    first.process.kill('SIGKILL');
    expect(await answer).toBe('no answer');
    await first.exit;

    const soon = await start(options, environment);
    const { prefer, ...key } = headers;
    expect(await call('POST', `${soon.httpUrl}${path}`, keyed, key)).toMatchObject({
      status: 409,
      body: { code: 'in_progress' },
    });
    soon.process.kill('SIGKILL');
    await soon.exit;

    const later = await start(options, { ...environment, CLOCK_AHEAD_MS: KEY_IS_FREE });
    const after = await TestClient.connect(`${later.webSocketUrl}/?resume=${before.resumeToken}`);
    const again = await call('POST', `${later.httpUrl}${path}`, keyed, key);
    expect(again).toMatchObject({ status: 200, body: { message_id: sent.message_id } });
    expect(again.headers.get('idempotency-replayed')).toBeNull();
    expect(again.body.call_id).toBe(sent.data.call_id);
    expect(await after.nextOf(type)).toMatchObject({ message_id: sent.message_id, data });
    const stored = await call('POST', `${later.httpUrl}${path}`, keyed, key);
    expect([stored.body, stored.headers.get('idempotency-replayed')]).toEqual([again.body, 'true']);
    const { data: resumed } = await after.ask({ type: 'resume', data: { epoch: before.epoch, seq: 0 } });
    const ids = resumed.frames.map(({ message_id }: { message_id: string }) => message_id);
    expect(new Set(ids)).toEqual(new Set([sent.message_id]));
    await after.close();
  });
});
