/**
 * A broadcast to 10,000 sessions on DynamoDB Local, through the SDK and a platform that throttles 5 % of the posts, fails 1 %, and reports
 * 10 % of the connections as gone; one task is killed in the middle of a page, and one runs out of time. BROADCAST_SEED=… varies the
 * faults.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, type DynamoDBDocumentClient, paginateScan, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createTables } from '../../lambdas/aws/create-tables';
import * as aws from '../../lambdas/aws/dependencies';
import { requestHandler } from '../../lambdas/aws/sdk-clients';
import { ONLINE_INDEX } from '../../lambdas/aws/tables';
import { summaryOf } from '../../lambdas/broadcasts/broadcast-summary';
import { type BroadcastSegmentTask, create as createBroadcastSegment } from '../../lambdas/broadcasts/segment';
import { create as createPush } from '../../lambdas/http/push';
import type { BroadcastStore } from '../../lambdas/ports/broadcast-store';
import type { ClientStore } from '../../lambdas/ports/client-store';
import type { HistoryStore } from '../../lambdas/ports/history-store';
import { systemClock as clock, newUuid as newId } from '../../lambdas/ports/runtime';
import type { Task } from '../../lambdas/ports/tasks';
import { TasksInProcess } from '../../local/tasks-in-process';
import { startLambdaEndpoint } from '../../local/wire/lambda-endpoint';
import type { LoopbackServer } from '../../local/wire/loopback-server';
import type { RunningDynamo } from '../support/dynamodb';
import { startDynamoLocal, whyNoDynamoLocal } from '../support/dynamodb-local';
import { type FakePlatform, type SeenPost, startFakePlatform } from '../support/fake-platform';
import { createRecordingLog } from '../support/fakes';
import { runOnce } from '../support/run-once';

const SESSIONS = 10_000;
/** Items in one BatchWriteItem; DynamoDB’s limit. */
const BATCH_SIZE = 25;
const MISHAPS = { gone: 0.1, throttled: 0.05, failed: 0.01 };

/** The segment whose task is killed after this many posts: one page of 500 is done, and the next is not. */
const KILLED = 3;
const KILLED_AFTER = 530;
/** The segment whose task has no time for a second page. */
const OUT_OF_TIME = 7;

const FUNCTION = join(__dirname, '../support/segment-process.ts');
/** Timeout for a call in milliseconds, on a machine that is busy with other tests. */
const PATIENCE = 120_000;

const ACCOUNT = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const TABLES = { clients: 'clients', messages: 'messages' };

const seed = Number(process.env.BROADCAST_SEED ?? 20_240_101);
const missing = whyNoDynamoLocal();
if (missing !== undefined) process.stderr.write(`SKIPPED: a broadcast to 10,000 on DynamoDB Local: ${missing}.\n`);

if (missing !== undefined && process.env.REQUIRE_DYNAMODB_LOCAL === '1') {
  test('DynamoDB Local is installed if REQUIRE_DYNAMODB_LOCAL is set', () => {
    throw new Error(missing);
  });
}

(missing === undefined ? describe : describe.skip)('a broadcast to 10,000 clients', () => {
  const clientIds = Array.from(
    { length: SESSIONS },
    (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  );
  const connectionOf = (clientId: string) => `R1/${clientId.slice(-12)}=`;
  const log = createRecordingLog();
  const children: ChildProcess[] = [];
  const runs: { segment: number; how: string }[] = [];

  let dynamo: RunningDynamo;
  let platform: FakePlatform;
  let lambda: LoopbackServer;
  let environment: Record<string, string>;
  let database: DynamoDBDocumentClient;
  let context: aws.FunctionContext;
  let clients: ClientStore;
  let history: HistoryStore;
  let broadcasts: BroadcastStore;
  let onPost: (post: SeenPost) => void = () => {};

  beforeAll(async () => {
    process.stderr.write(`broadcast to 10,000: BROADCAST_SEED=${seed}\n`);
    dynamo = await startDynamoLocal();
    platform = await startFakePlatform(seed, MISHAPS, (post) => onPost(post));
    lambda = await startLambdaEndpoint(['broadcasts/segment'], tasks, ACCOUNT.credentials.accessKeyId);
    environment = {
      CLIENTS_TABLE: TABLES.clients,
      MESSAGES_TABLE: TABLES.messages,
      HISTORY_SECONDS: '3600',
      CALLBACK_URL: platform.url,
      BROADCAST_SEGMENT_FUNCTION: 'broadcasts/segment',
      LOG_LEVEL: 'silent',
    };
    const plain = new DynamoDBClient({ endpoint: dynamo.url, ...ACCOUNT });
    await createTables(plain, TABLES);
    plain.destroy();
    context = {
      environment,
      dynamoDb: { endpoint: dynamo.url, ...ACCOUNT, requestHandler: requestHandler(PATIENCE, PATIENCE) },
      lambda: { endpoint: lambda.url, ...ACCOUNT, requestHandler: requestHandler(PATIENCE, PATIENCE) },
      management: ACCOUNT,
    };
    database = aws.documentClient(context);
    clients = aws.clients(context);
    history = aws.history(context);
    broadcasts = aws.broadcasts(context);
    await openAll();
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    database?.destroy();
    await Promise.all([lambda?.stop(), platform?.stop(), dynamo?.stop()]);
  });

  /** Opens one session, and writes the others like it, in batches. */
  async function openAll(): Promise<void> {
    const [clientId = ''] = clientIds;
    const connectedAt = new Date(Date.now() - 600_000).toISOString();
    await clients.connect({ clientId, connectionId: connectionOf(clientId), connectedAt, labels: [] });
    const { Items: [like] = [] } = await database.send(new ScanCommand({ TableName: TABLES.clients }));
    const puts = clientIds.map((id) => ({
      PutRequest: { Item: { ...like, client_id: id, online_id: id, connection_id: connectionOf(id) } },
    }));
    for (let start = 0; start < puts.length; start += BATCH_SIZE) {
      const RequestItems = { [TABLES.clients]: puts.slice(start, start + BATCH_SIZE) };
      await database.send(new BatchWriteCommand({ RequestItems }));
    }
  }

  /** Runs tasks as Lambda does: at first two in processes of their own, and a killed task is retried. */
  const tasks = new TasksInProcess(
    runOnce(async (task) => {
      const { segment } = task as BroadcastSegmentTask;
      const isFirst = !runs.some((run) => run.segment === segment);
      if (isFirst && segment === KILLED) {
        await runAndKill(task);
        return tasks.start(task);
      }
      if (isFirst && segment === OUT_OF_TIME) return runOutOfTime(task);
      runs.push({ segment, how: 'to its end' });
      return inTurn(segment, () => runHere(task as BroadcastSegmentTask));
    }),
    log,
  );

  /** Two at a time: if all ran in one process, a post on a busy machine would time out. On Lambda each has its own. */
  const lanes = [Promise.resolve(), Promise.resolve()];

  function inTurn(segment: number, run: () => Promise<void>): Promise<void> {
    const lane = segment % lanes.length;
    const done = (lanes[lane] as Promise<void>).then(run, run);
    lanes[lane] = done;
    return done;
  }

  async function runHere(task: BroadcastSegmentTask): Promise<void> {
    const connections = aws.connections(context);
    const run = createBroadcastSegment({
      clients,
      groups: aws.groups(context),
      history,
      broadcasts,
      connections,
      tasks,
      clock,
      newId,
      log,
    });
    await run(task, { getRemainingTimeInMillis: () => Number.POSITIVE_INFINITY });
  }

  function spawnFunction(task: Task, name: string, remainingMilliseconds: number): ChildProcess {
    const child = spawn(process.execPath, ['--no-warnings', '--import', 'tsx', FUNCTION], {
      env: {
        PATH: process.env.PATH,
        ...environment,
        AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
        AWS_ENDPOINT_URL_LAMBDA: lambda.url,
        AWS_REGION: ACCOUNT.region,
        AWS_ACCESS_KEY_ID: ACCOUNT.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ACCOUNT.credentials.secretAccessKey,
        AWS_SDK_UA_APP_ID: name,
        TASK: JSON.stringify(task),
        REMAINING_MS: String(remainingMilliseconds),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.push(child);
    return child;
  }

  /** What the killed task had done by then: its checkpoint, and the gone clients among those it posted to. */
  let killedCheckpoint: { pages: number; gone: number } | undefined;
  let postsBeforeRetry = 0;

  async function runAndKill(task: Task): Promise<void> {
    runs.push({ segment: KILLED, how: 'killed' });
    const reached = new Set<string>();
    const child = spawnFunction(task, 'killed', 900_000);
    onPost = ({ connectionId, userAgent }) => {
      if (userAgent.includes('app/killed')) reached.add(connectionId);
      if (reached.size === KILLED_AFTER) child.kill('SIGKILL');
    };
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const { broadcastId } = task as BroadcastSegmentTask;
    const { pages = 0, gone = 0 } = (await broadcasts.get(broadcastId))?.progress[KILLED] ?? {};
    killedCheckpoint = { pages, gone };
    postsBeforeRetry = platform.posts.length;
  }

  async function runOutOfTime(task: Task): Promise<void> {
    runs.push({ segment: OUT_OF_TIME, how: 'out of time' });
    const [code] = await once(spawnFunction(task, 'out-of-time', 1_000), 'exit');
    expect(code).toBe(0);
  }

  /** Gone clients that the killed task removed after its last checkpoint: no other run could find and count them. */
  function goneUncounted(): number {
    const isGone = ({ connectionId }: SeenPost) => platform.isGone(connectionId);
    const byKilled = platform.posts.filter((post) => post.userAgent.includes('app/killed') && isGone(post));
    const found = new Set(byKilled.map(({ connectionId }) => connectionId));
    const foundAgain = new Set(platform.posts.slice(postsBeforeRetry).map(({ connectionId }) => connectionId));
    const lost = [...found].filter((connectionId) => !foundAgain.has(connectionId));
    return lost.length - (killedCheckpoint?.gone ?? 0);
  }

  async function clientsIn(table: string, index?: string): Promise<Set<string>> {
    const found = new Set<string>();
    for await (const { Items = [] } of paginateScan({ client: database }, { TableName: table, IndexName: index })) {
      for (const { client_id: clientId } of Items) if (!/^broadcasts?#/.test(clientId)) found.add(clientId); // nor the log
    }
    return found;
  }

  test('reaches every connected client, removes those gone, counts each once, and leaves nothing running', async () => {
    const living = clientIds.filter((clientId) => !platform.isGone(connectionOf(clientId)));
    const gone = SESSIONS - living.length;
    expect(Math.abs(gone - SESSIONS * MISHAPS.gone)).toBeLessThan(SESSIONS * 0.02);

    const push = createPush({
      clients,
      history,
      broadcasts,
      groups: aws.groups(context),
      presence: aws.presence(context),
      presenceGroups: [],
      answers: aws.answers(context),
      connections: aws.connections(context),
      tasks: aws.tasks(context),
      accessControl: false,
      clock,
      newId,
      log,
    });
    const body = JSON.stringify({ message_type: 'news', data: { text: 'to all' } });
    const answer = await push({ routeKey: 'POST /broadcast', body, isBase64Encoded: false } as APIGatewayProxyEventV2);
    const { broadcast_id: broadcastId } = JSON.parse(answer.body ?? '');
    expect(answer.statusCode).toBe(202);
    await tasks.idle();

    const unreached = living.filter((clientId) => !platform.received.has(connectionOf(clientId)));
    expect(unreached.slice(0, 10)).toEqual([]);
    const state = await broadcasts.get(broadcastId);
    if (!state) throw new Error('the broadcast is unknown');
    const summary = summaryOf(state, clock.now());
    expect(summary).toMatchObject({
      delivered: living.length,
      gone: gone - goneUncounted(),
      failed: 0,
      recipients: summary.delivered + summary.gone,
      finishedAt: expect.any(String),
      stalled: false,
    });
    expect(await clientsIn(TABLES.clients, ONLINE_INDEX)).toEqual(new Set(living));
    expect(await clientsIn(TABLES.messages)).toEqual(new Set(living));

    expect(killedCheckpoint?.pages).toBe(1);
    const special = runs.filter(({ segment }) => segment === KILLED || segment === OUT_OF_TIME);
    expect(special.map(({ segment, how }) => `${segment} ${how}`).sort()).toEqual([
      `${KILLED} killed`,
      `${KILLED} to its end`,
      `${OUT_OF_TIME} out of time`,
      `${OUT_OF_TIME} to its end`,
    ]);
    expect(runs).toHaveLength(state.broadcast.segments + 2);
    const statuses = new Set(platform.posts.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([200, 410, 429, 500]); // otherwise nothing was tested
    expect(children.map(({ exitCode, signalCode }) => exitCode ?? signalCode).sort()).toEqual([0, 'SIGKILL']);
    expect(log.errors).toEqual([]);
  });
});
