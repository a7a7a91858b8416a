/**
 * Least privilege, held both ways: the whole conformance suite runs on the wire with access control on, every AWS call is
 * recorded with the function that made it, and then the calls are held against the roles that the stack writes.
 */
import { createBroadcastSegment } from '../../lambdas/background/broadcast-segment';
import type { Task } from '../../lambdas/background/tasks';
import { connectionsFrom } from '../../lambdas/functions/adapters/connections';
import { broadcastsFrom, documentClient, sessionsFrom } from '../../lambdas/functions/adapters/dynamodb';
import { tasksFrom } from '../../lambdas/functions/adapters/tasks';
import { encode, frameOf } from '../../lambdas/protocol/codec';
import { newUuid, systemClock } from '../../lambdas/runtime';
import { type Entry, entries } from '../../lib/entries';
import { gatewayId } from '../../local/gateway/ids';
import { startLambdaEndpoint } from '../../local/wire/lambda-endpoint';
import { type AwsCall, type AwsRecorder, startAwsRecorder } from '../support/aws-recorder';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { createRecordingLog } from '../support/fakes';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { covers, type Grant, grantsOf } from '../support/policies';
import { SYNTHESIS, synthesize } from '../support/stack';
import { TestClient } from '../support/test-client';
import { conformanceSuite } from './suite/conformance';
import { eventually } from './suite/eventually';
import type { Target } from './suite/target';

/** More than go inline, so that a broadcast becomes a job. */
const CROWD = 501;

const keys = createKeysFile();
const calls: AwsCall[] = [];
let dynamo: RunningDynamo;
let recorder: AwsRecorder;
let server: TestServer;
let target: Target;

beforeAll(async () => {
  dynamo = await startDynalite();
  recorder = await startAwsRecorder(dynamo.url);
  const environment = { DYNAMODB_ENDPOINT: recorder.dynamoUrl, AUTH: 'token', KEYS_FILE: keys.path };
  server = await startTestServer(environment, { wire: true });
  recorder.take(); // the tables are made by the server itself: on AWS the stack makes them
  target = { ...server, apiKey: keys.read().api_key.current };
});

afterAll(async () => {
  await server.stop();
  await recorder.stop();
  await dynamo.stop();
  keys.remove();
});

afterEach(() => {
  calls.push(...recorder.take());
});

conformanceSuite(() => target, { access: 'token' });

describe('what the suite does not bring about', () => {
  const account = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const environment = {
    SESSIONS_TABLE: 'switchboard-sessions',
    MESSAGES_TABLE: 'switchboard-messages',
    HISTORY_SECONDS: '3600',
    BROADCAST_SEGMENT_FUNCTION: 'broadcast-segment',
  };

  /** Sessions whose connections are gone, and nobody has noticed; written past the recorder. */
  async function openCrowd(): Promise<void> {
    const client = documentClient({ ...account, endpoint: dynamo.url });
    const sessions = sessionsFrom(environment, client);
    const at = new Date().toISOString();
    const rows = Array.from({ length: CROWD }, () => newUuid()).values();
    async function open() {
      for (const clientId of rows) {
        const session = { clientId, connectionId: gatewayId(), connectedAt: at, lastActivity: at, messageCount: 0 };
        await sessions.open(session);
      }
    }
    await Promise.all(Array.from({ length: 20 }, open));
    client.destroy();
  }

  it('a broadcast to a crowd, by a task for each segment, that finds clients gone', async () => {
    await openCrowd();
    const headers = { authorization: `Bearer ${target.apiKey}` };
    const token = await call('POST', `${server.httpUrl}/tokens`, {}, headers);
    const client = await TestClient.connect(token.body.websocket_url);
    const { status, body } = await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'news' }, headers);
    expect(status).toBe(202);
    await eventually(async () => {
      const state = await call('GET', `${server.httpUrl}/broadcasts/${body.broadcast_id}`, undefined, headers);
      expect(state.body).toMatchObject({ status: 'completed', gone: CROWD, delivered: 1 });
    });
    await client.nextOf('news');
    await client.close();
  });

  it('a segment that runs out of time, and starts its successor', async () => {
    await openCrowd();
    const started: Task[] = [];
    const lambda = await startLambdaEndpoint(['broadcast-segment'], { start: async (task) => void started.push(task) });
    const own = { ...account, userAgentAppId: 'background-broadcast-segment' };
    const client = documentClient({ ...own, endpoint: recorder.dynamoUrl });
    const broadcasts = broadcastsFrom(environment, client);
    const segment = createBroadcastSegment({
      sessions: sessionsFrom(environment, client),
      broadcasts,
      connections: connectionsFrom({ CALLBACK_URL: server.connectionsUrl }, own),
      tasks: tasksFrom(environment, { ...own, endpoint: lambda.url }),
      clock: systemClock,
      newId: newUuid,
      log: createRecordingLog(),
    });
    const [broadcastId, messageId] = [newUuid(), newUuid()];
    const text = encode(frameOf({ type: 'news', data: {} }, messageId, new Date().toISOString()));
    const unrecorded = documentClient({ ...account, endpoint: dynamo.url });
    const startedAt = new Date().toISOString();
    await broadcastsFrom(environment, unrecorded).save({ broadcastId, messageId, startedAt, segments: 1, text });
    const task = { task: 'broadcast_segment' as const, broadcastId, segment: 0 };
    await segment(task, () => 0);
    expect(started).toEqual([task]);
    await lambda.stop();
    client.destroy();
    unrecorded.destroy();
  });
});

describe('the roles of the stack', () => {
  const grants = new Map<Entry, Grant[]>();

  beforeAll(() => {
    const stack = synthesize();
    for (const entry of entries) grants.set(entry, grantsOf(stack, entry));
  }, SYNTHESIS);

  it('refuse no call that a function makes', () => {
    expect(calls.length).toBeGreaterThan(1_000);
    const refused = calls.filter((one) => !grants.get(one.caller as Entry)?.some((grant) => covers(grant, one)));
    expect([...new Set(refused.map(({ caller, action, resource }) => `${caller}: ${action} ${resource}`))]).toEqual([]);
  });

  it.each(entries)('grant %s no action that nothing uses', (entry) => {
    const own = calls.filter(({ caller }) => caller === entry);
    const unused = grants.get(entry)?.filter((grant) => !own.some((one) => covers(grant, one)));
    expect(unused).toEqual([]);
  });
});
