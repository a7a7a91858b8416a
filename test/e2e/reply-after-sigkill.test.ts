/** A reply interrupted by a SIGKILL or a planned stop: the next process on the same folder generates it again, on both hosts. */
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { startChildServer } from '../support/child-server';
import { newFolder, removeFolders } from '../support/data-folder';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

let dynamo: RunningDynamo;

beforeAll(async () => {
  dynamo = await startDynalite();
});

afterAll(() => {
  removeFolders();
  return dynamo.stop();
});

/** True once the waiting task is in the table. */
async function isStoredAsWaiting(clientId: string): Promise<boolean> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: dynamo.url, region: 'local', credentials });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'switchboard-messages' }));
  client.destroy();
  return Items.some(
    ({ client_id, sort_key }) => client_id?.S === `reply#${clientId}` && sort_key?.S?.startsWith('waiting#'),
  );
}

const program = 'test/support/slow-reply-program.ts';
const question = {
  type: 'chat_message',
  data: { content: 'Hi', stream: true },
  message_id: 'q',
  sender: 's',
  sender_seq: 1,
};

it.each([
  ['SIGKILL', []],
  ['SIGTERM', []],
  ['SIGKILL', ['--wire']],
  ['SIGTERM', ['--wire']],
] as const)('a reply is generated again after a %s %j, and sent once', async (signal, options) => {
  const environment = { DATA_DIR: newFolder(), LOG_LEVEL: 'error', DYNAMODB_ENDPOINT: dynamo.url };
  const first = await startChildServer({ program, options, environment });
  const before = await TestClient.connect(first.webSocketUrl);
  before.send(question);
  await before.nextOf('chat_delta');
  first.process.kill(signal);
  await first.exit;

  const second = await startChildServer({ program, options, environment: { ...environment, RELEASED: 'yes' } });
  const after = await TestClient.connect(`${second.webSocketUrl}/?resume=${before.resumeToken}`);
  expect([after.clientId, after.epoch]).toEqual([before.clientId, before.epoch]);
  const frames: { data: { status?: string; content?: string } }[] = [];
  while (frames.length === 0) {
    const { data } = await after.ask({ type: 'resume', data: { epoch: after.epoch, seq: 0 } });
    if (data.frames) frames.push(...data.frames);
  }
  expect(frames).toMatchObject([
    { type: 'chat_response', reply_to: 'q', data: { content: 'Once upon a time', status: 'completed' }, seq: 1 },
  ]);
  after.send(question);
  expect(await after.nextOf('chat_response')).toMatchObject({ ...frames[0] });
  await after.close();
  second.process.kill('SIGKILL');
  await second.exit;

  const third = await startChildServer({ program, options, environment });
  const last = await TestClient.connect(`${third.webSocketUrl}/?resume=${before.resumeToken}`);
  const { data } = await last.ask({ type: 'resume', data: { epoch: last.epoch, seq: 0 } });
  expect(data.frames).toHaveLength(1);
  await last.close();
  third.process.kill('SIGKILL');
  await third.exit;
});

it.each([
  ['in one process', []],
  ['--wire', ['--wire']],
] as const)('a reply that waited for its client’s share is sent after a SIGKILL, %s', async (_, options) => {
  const environment = {
    DATA_DIR: newFolder(),
    LOG_LEVEL: 'error',
    DYNAMODB_ENDPOINT: dynamo.url,
    RESPONDER_CLIENT_CONCURRENCY: '1',
  };
  const first = await startChildServer({ program, options, environment });
  const before = await TestClient.connect(first.webSocketUrl);
  before.send(question);
  await before.nextOf('chat_delta');
  const waiting = { ...question, message_id: 'waiting', sender_seq: 2 };
  before.send(waiting);
  await before.nextOf('processing');
  if (options.length > 0) await eventually(async () => expect(await isStoredAsWaiting(before.clientId)).toBe(true));
  first.process.kill('SIGKILL');
  await first.exit;

  const second = await startChildServer({ program, options, environment: { ...environment, RELEASED: 'yes' } });
  const after = await TestClient.connect(`${second.webSocketUrl}/?resume=${before.resumeToken}`);
  const answered = new Set<unknown>();
  await eventually(async () => {
    after.send(waiting); // as a client without an answer does
    const { type, data } = await after.ask({ type: 'resume', data: { epoch: after.epoch, seq: 0 } });
    expect(type).toBe('resumed');
    for (const { reply_to } of data.frames) answered.add(reply_to);
    expect([...answered].sort()).toEqual(['q', 'waiting']);
  });
  await after.close();
  second.process.kill('SIGKILL');
  await second.exit;
});
