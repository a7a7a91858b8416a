/**
 * Least privilege, checked both ways: while the whole conformance suite runs on the wire with access control, every AWS call is recorded
 * with the function that made it. Then the calls are compared with the roles that the stack defines.
 */
import { BatchWriteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as aws from '../../lambdas/aws/dependencies';
import { requestHandler } from '../../lambdas/aws/sdk-clients';
import { type BroadcastSegmentTask, create as createBroadcastSegment } from '../../lambdas/broadcasts/segment';
import { createClose } from '../../lambdas/delivery/close';
import { EVERYBODY } from '../../lambdas/ports/client-store';
import { newUuid, systemClock } from '../../lambdas/ports/runtime';
import type { Task } from '../../lambdas/ports/tasks';
import { create as createPresenceRequest } from '../../lambdas/presence/request';
import { create as createRollUp } from '../../lambdas/presence/roll-up';
import { encode, frameOf } from '../../lambdas/protocol/codec';
import { create as createFail } from '../../lambdas/replies/fail';
import { create as createRespond } from '../../lambdas/replies/respond';
import type { RespondTask } from '../../lambdas/replies/respond-task';
import { type FunctionName, functionNames } from '../../lambdas/routes';
import { create as createDisconnect } from '../../lambdas/websocket/disconnect';
import { create as createEndSession } from '../../lambdas/websocket/end-session';
import { createStartReply } from '../../lambdas/websocket/start-reply';
import { gatewayId } from '../../local/gateway/event-values';
import { startLambdaEndpoint } from '../../local/wire/lambda-endpoint';
import type { AwsCall, AwsRecorder } from '../support/aws-recorder';
import type { RunningDynamo } from '../support/dynamodb';
import { createRecordingLog, noPresence } from '../support/fakes';
import { call } from '../support/http';
import { isOthersTask, ownDeployed } from '../support/own-functions';
import { covers, type Grant, grantsOf } from '../support/policies';
import { synthesize } from '../support/stack';
import { TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

/** Above the inline limit, so that a broadcast becomes a job. */
const CROWD = 501;
/** Items in one BatchWriteItem; DynamoDB’s limit. */
const BATCH_SIZE = 25;

/** A server on the wire whose AWS calls are recorded. */
export interface ObservedServer {
  dynamo: RunningDynamo;
  recorder: AwsRecorder;
  httpUrl: string;
  connectionsUrl: string;
  apiKey: string;
}

/** Timeout for a call in milliseconds, on a machine that is busy with other tests. */
const PATIENCE = 120_000;

/** Declares tests that make functions call AWS in ways that no other test of the suite does. */
export function callsBesideTheSuite(observed: () => ObservedServer): void {
  describe('cases that the suite does not cover', () => {
    const account = {
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: requestHandler(PATIENCE, PATIENCE),
    };
    const environment = {
      CLIENTS_TABLE: 'switchboard-clients',
      MESSAGES_TABLE: 'switchboard-messages',
      HISTORY_SECONDS: '3600',
      BROADCAST_SEGMENT_FUNCTION: 'broadcasts/segment',
      END_SESSION_FUNCTION: 'websocket/end-session',
      RESPOND_FUNCTION: 'replies/respond',
      PRESENCE_FUNCTION: 'presence/roll-up',
    };
    /** Old enough for a 410 to be believed. */
    const longAgo = () => new Date(Date.now() - 600_000).toISOString();

    function unrecorded({ dynamo }: ObservedServer): aws.FunctionContext {
      return { environment, dynamoDb: { ...account, endpoint: dynamo.url } };
    }

    /** Writes one client whose connection is gone, without recording the write. */
    async function openGone(server: ObservedServer): Promise<string> {
      const clientId = newUuid();
      const connection = { clientId, connectionId: gatewayId(), connectedAt: longAgo(), labels: [] };
      await aws.clients(unrecorded(server)).connect(connection);
      return clientId;
    }

    /** Clients whose connections are gone, unnoticed: one, and others like it. */
    async function openCrowd(server: ObservedServer): Promise<void> {
      const context = unrecorded(server);
      const clientId = await openGone(server);
      await aws.clients(context).get(clientId);
      const client = context.documents ?? aws.documentClient(context);
      const TableName = environment.CLIENTS_TABLE;
      const { Item: like } = await client.send(new GetCommand({ TableName, Key: { client_id: clientId } }));
      const puts = Array.from({ length: CROWD - 1 }, () => {
        const id = newUuid();
        return { PutRequest: { Item: { ...like, client_id: id, online_id: id, connection_id: gatewayId() } } };
      });
      for (let start = 0; start < puts.length; start += BATCH_SIZE) {
        const RequestItems = { [TableName]: puts.slice(start, start + BATCH_SIZE) };
        await client.send(new BatchWriteCommand({ RequestItems }));
      }
      client.destroy();
    }

    it.each(['send_message', 'call_tool'])(
      '%s to a client that is gone, whose record is removed again',
      async (path) => {
        const server = observed();
        const clientId = await openGone(server);
        const headers = { authorization: `Bearer ${server.apiKey}` };
        const body = { client_id: clientId, content: 'hello', tool_name: 'show' };
        expect((await call('POST', `${server.httpUrl}/${path}`, body, headers)).status).toBe(409);
        expect((await call('POST', `${server.httpUrl}/${path}`, body, headers)).status).toBe(404);
      },
    );

    it('a tool of MCP, of a client that is gone, whose record is removed again', async () => {
      const server = observed();
      const clientId = await openGone(server);
      await aws.clientTools(unrecorded(server)).set(clientId, [{ name: 'show' }]);
      const headers = {
        authorization: `Bearer ${server.apiKey}`,
        accept: 'application/json, text/event-stream',
        'mcp-session-id': newUuid(),
      };
      const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'show' } };
      const { body } = await call('POST', `${server.httpUrl}/clients/${clientId}/mcp`, request, headers);
      expect(body.result).toMatchObject({ isError: true });
    });

    it('a key that is bound to a label, the management of keys, and a revocation', async () => {
      const server = observed();
      const first = { authorization: `Bearer ${server.apiKey}` };
      const name = `key-${newUuid().slice(0, 8)}`;
      const request = { name, scopes: ['read', 'push', 'tokens'], labels: [name] };
      const { body: made } = await call('POST', `${server.httpUrl}/keys`, request, first);
      const own = { authorization: `Bearer ${made.key}` };
      const token = await call('POST', `${server.httpUrl}/tokens`, { client_id: `${name}-device` }, own);
      const client = await TestClient.connect(token.body.websocket_url);
      expect((await call('GET', `${server.httpUrl}/clients`, undefined, own)).body.total).toBe(1);
      const push = { client_id: client.clientId, content: 'hello', tool_name: 'show' };
      for (const path of ['send_message', 'call_tool']) {
        expect((await call('POST', `${server.httpUrl}/${path}`, push, own)).status).toBe(200);
      }
      const membership = `${server.httpUrl}/groups/${name}:team/clients/${client.clientId}`;
      expect((await call('PUT', membership, undefined, own)).status).toBe(204);
      expect((await call('DELETE', membership, undefined, own)).status).toBe(204);
      const rotated = await call('POST', `${server.httpUrl}/keys/${name}/rotate`, {}, first);
      expect(rotated.status).toBe(200);
      const revocation = { client_id: client.clientId };
      expect((await call('POST', `${server.httpUrl}/revocations`, revocation, first)).status).toBe(202);
      await client.nextOf('connection_closing');
      await client.closed;
      const gone = await openGone(server);
      await call('POST', `${server.httpUrl}/revocations`, { client_id: gone }, first);
      await eventually(async () => {
        expect((await call('GET', `${server.httpUrl}/clients/${gone}`, undefined, first)).status).toBe(404);
      });
      const labelled = await call('POST', `${server.httpUrl}/tokens`, { labels: [`${name}-more`] }, first);
      const other = await TestClient.connect(labelled.body.websocket_url);
      await call('POST', `${server.httpUrl}/revocations`, { label: `${name}-more` }, first);
      await other.closed;
      expect((await call('GET', `${server.httpUrl}/audit`, undefined, first)).body.calls.length).toBeGreaterThan(0);
      expect((await call('DELETE', `${server.httpUrl}/keys/${name}`, undefined, first)).status).toBe(204);
    });

    it('a responder that reads the history', async () => {
      const server = observed();
      const headers = { authorization: `Bearer ${server.apiKey}` };
      const token = await call('POST', `${server.httpUrl}/tokens`, {}, headers);
      const client = await TestClient.connect(token.body.websocket_url);
      await client.ask({ type: 'chat_message', data: { content: 'hello' } });
      const answer = await client.ask({ type: 'chat_message', data: { content: 'history?' } });
      expect(answer.data.content).toContain('2 messages');
      await client.close();
    });

    it('a $disconnect that the store refuses, and a client that floods', async () => {
      const server = observed();
      const started: Task[] = [];
      const start = async (task: Task) => void started.push(task);
      const { accessKeyId } = account.credentials;
      const lambda = await startLambdaEndpoint(['websocket/end-session'], { start }, accessKeyId);
      for (const name of ['websocket/disconnect', 'websocket/connect']) {
        const own = { ...account, userAgentAppId: name.replace('/', '-'), endpoint: lambda.url };
        const tasks = aws.tasks({ environment, lambda: own });
        const clients = aws.clients(unrecorded(server));
        clients.disconnect = () => Promise.reject(new Error('no store'));
        const disconnect = createDisconnect({
          clients,
          ...noPresence(),
          tasks,
          clock: systemClock,
          log: createRecordingLog(),
        });
        const requestContext = { connectionId: 'c', connectedAt: Date.now(), authorizer: { client_id: 'x' } };
        await disconnect({ requestContext });
      }
      expect(started).toHaveLength(2);
      await lambda.stop();
      const own = { ...account, userAgentAppId: 'websocket-end-session', endpoint: server.recorder.dynamoUrl };
      await aws.clients({ environment, dynamoDb: own }).disconnect('x', 'c');
      const headers = { authorization: `Bearer ${server.apiKey}` };
      const slow = { message_rate: 0.1 }; // with an equally small burst, so that a few messages are a flood
      const token = await call('POST', `${server.httpUrl}/tokens`, slow, headers);
      const flood = await TestClient.connect(token.body.websocket_url);
      for (let count = 0; count < 100; count += 1) flood.send({ type: 'ping' });
      await flood.nextOf('connection_closing');
      await flood.closed;
    });

    it('a watcher that is gone, an owner’s watcher, and a member’s session that ends late', async () => {
      const server = observed();
      const group = `present:${newUuid()}`;
      const started: Task[] = [];
      const start = async (task: Task) => void started.push(task);
      const lambda = await startLambdaEndpoint(['presence/roll-up'], { start }, account.credentials.accessKeyId);
      const dependenciesOf = (userAgentAppId: string) => {
        const own = { ...account, userAgentAppId };
        const context: aws.FunctionContext = {
          environment,
          dynamoDb: { ...own, endpoint: server.recorder.dynamoUrl },
          lambda: { ...own, endpoint: lambda.url },
          management: { ...own, endpoint: async () => ({ url: new URL(server.connectionsUrl) }) },
        };
        return {
          clients: aws.clients(context),
          groups: aws.groups(context),
          presence: aws.presence(context),
          presenceGroups: ['present:*'],
          connections: aws.connections(context),
          tasks: aws.tasks(context),
          clock: { ...systemClock, sleep: async () => {} },
          newId: newUuid,
          log: createRecordingLog(),
        };
      };
      const headers = { authorization: `Bearer ${server.apiKey}` };
      const token = await call('POST', `${server.httpUrl}/tokens`, { groups: [group] }, headers);
      const watcher = await TestClient.connect(token.body.websocket_url);
      await watcher.ask({ type: 'watch_presence', data: { group } });
      const [gone, late] = [await openGone(server), await openGone(server)];
      const connectionIdOf = async (id: string) => (await aws.clients(unrecorded(server)).get(id))?.connectionId ?? '';
      for (const clientId of [gone, late]) await aws.groups(unrecorded(server)).join(clientId, [group]);
      const request = createPresenceRequest(dependenciesOf('presence-request'));
      const from = { connectionId: await connectionIdOf(gone) };
      for (const asker of [{ ...from, owner: 'acme' }, from]) {
        const watch = { kind: 'watch', limit: 100, from: asker } as const;
        await request({ task: 'presence_request', group, clientId: gone, request: watch });
      }
      const endSession = createEndSession(dependenciesOf('websocket-end-session'));
      await endSession({ task: 'end_session', clientId: late, connectionId: await connectionIdOf(late) });
      await createRollUp(dependenciesOf('presence-roll-up'))({ task: 'presence', group });
      expect((await watcher.nextOf('presence_changed')).data.offline).toContain(late);
      expect(started).toContainEqual({ task: 'presence', group });
      await watcher.close();
      await lambda.stop();
    });

    it('a broadcast to many, with one task per segment, that finds clients gone', async () => {
      const server = observed();
      await openCrowd(server);
      const headers = { authorization: `Bearer ${server.apiKey}` };
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

    it('a task’s reply to a client that is gone, and a reply that is given up', async () => {
      const server = observed();
      const clientId = await openGone(server);
      const connection = { clientId, connectionId: gatewayId(), connectedAt: longAgo(), labels: [] };
      const taskOf = (replyId: string): RespondTask => {
        const text = JSON.stringify({ type: 'chat_message', data: { content: 'hello' } });
        return { task: 'respond', replyId, clientId, connection, text, at: new Date().toISOString() };
      };
      const start = async () => {};
      const lambda = await startLambdaEndpoint(['replies/respond'], { start }, account.credentials.accessKeyId);
      const dependenciesOf = (userAgentAppId: string) => {
        const own = { ...account, userAgentAppId };
        const context: aws.FunctionContext = {
          environment: { ...environment, RESPONDER_CLIENT_CONCURRENCY: '1' },
          dynamoDb: { ...own, endpoint: server.recorder.dynamoUrl },
          lambda: { ...own, endpoint: lambda.url },
          management: { ...own, endpoint: async () => ({ url: new URL(server.connectionsUrl) }) },
        };
        return {
          clients: aws.clients(context),
          history: aws.history(context),
          connections: aws.connections(context),
          replies: aws.replies(context),
          replyQueue: aws.replyQueue(context),
          tasks: aws.tasks(context),
          replySettings: aws.replySettings(context),
          deltaIntervalMs: aws.deltaIntervalMs(),
          appSettings: {},
          secrets: { get: async () => '' },
          clock: systemClock,
          newId: newUuid,
          log: createRecordingLog(),
        };
      };
      const responder = { model: 'slow', respond: () => systemClock.sleep(1_100).then(() => 'hello') }; // one poll for a cancel
      const respond = createRespond({ ...dependenciesOf('replies-respond'), responder });
      const context = { getRemainingTimeInMillis: () => 900_000, isRetry: true };
      const given = [1, 2, 3].map(() => taskOf(newUuid())); // the second and the third wait for the first
      await Promise.all(given.map((task) => respond(task, context)));
      await createFail(dependenciesOf('replies-fail'))({ requestPayload: taskOf(newUuid()) });
      await lambda.stop();
    });

    it('a message answered by a task, and a cancel', async () => {
      const server = observed();
      const started: Task[] = [];
      const start = async (task: Task) => void started.push(task);
      const lambda = await startLambdaEndpoint(['replies/respond'], { start }, account.credentials.accessKeyId);
      const own = { ...account, userAgentAppId: 'websocket-message', endpoint: lambda.url };
      const startReply = createStartReply({ tasks: aws.tasks({ environment, lambda: own }) });
      const connection = { clientId: 'x', connectionId: 'c', connectedAt: longAgo(), labels: [] };
      await startReply({
        ...{
          connection,
          text: '{}',
          at: longAgo(),
          messageId: undefined,
          replyId: newUuid(),
          after: undefined,
          sent: undefined,
          taken: undefined,
        },
      });
      expect(started).toMatchObject([{ task: 'respond', clientId: 'x' }]);
      await lambda.stop();
      const headers = { authorization: `Bearer ${server.apiKey}` };
      const token = await call('POST', `${server.httpUrl}/tokens`, {}, headers);
      const client = await TestClient.connect(token.body.websocket_url);
      client.send({ type: 'cancel', data: { message_id: 'm' } });
      await client.ask({ type: 'ping' });
      await client.close();
    });

    it('a connection to close that the platform reports as gone: whether it is', async () => {
      const endpoint = async () => ({ url: new URL(observed().connectionsUrl) });
      for (const userAgentAppId of ['websocket-message', 'websocket-welcome']) {
        const close = createClose({
          connections: aws.connections({ environment, management: { ...account, userAgentAppId, endpoint } }),
          clock: systemClock,
          newId: newUuid,
        });
        await close({ connectionId: gatewayId(), connectedAt: longAgo() }, 'too_fast');
      }
    });

    it('a segment that runs out of time, and starts its successor', async () => {
      const server = observed();
      await openCrowd(server);
      const started: Task[] = [];
      const start = async (task: Task) => void started.push(task);
      const { accessKeyId } = account.credentials;
      const lambda = await startLambdaEndpoint(['broadcasts/segment'], { start }, accessKeyId);
      const own = { ...account, userAgentAppId: 'broadcasts-segment' };
      const context: aws.FunctionContext = {
        environment,
        dynamoDb: { ...own, endpoint: server.recorder.dynamoUrl },
        lambda: { ...own, endpoint: lambda.url },
        management: { ...own, endpoint: async () => ({ url: new URL(server.connectionsUrl) }) },
      };
      const segment = createBroadcastSegment({
        clients: aws.clients(context),
        history: aws.history(context),
        broadcasts: aws.broadcasts(context),
        groups: aws.groups(context),
        connections: aws.connections(context),
        tasks: aws.tasks(context),
        clock: systemClock,
        newId: newUuid,
        log: createRecordingLog(),
      });
      const [broadcastId, messageId] = [newUuid(), newUuid()];
      const text = encode(frameOf({ type: 'news', data: {} }, messageId, new Date().toISOString()));
      const startedAt = new Date().toISOString();
      const record = { broadcastId, messageId, startedAt, audience: EVERYBODY, segments: 1, text };
      await aws.broadcasts(unrecorded(server)).save(record);
      const task: BroadcastSegmentTask = { task: 'broadcast_segment', broadcastId, segment: 0 };
      await segment(task, { getRemainingTimeInMillis: () => 0 });
      expect(started).toEqual([task]);
      await aws.groups(unrecorded(server)).join(newUuid(), ['crowd']);
      const toGroup = { ...record, broadcastId: newUuid(), audience: { kind: 'group', group: 'crowd' } } as const;
      await aws.broadcasts(unrecorded(server)).save(toGroup);
      await segment({ ...task, broadcastId: toGroup.broadcastId }, { getRemainingTimeInMillis: () => 0 });
      await lambda.stop();
    });
  });
}

/** @param calls  all recorded calls */
export function leastPrivilege(calls: () => AwsCall[]): void {
  describe('the roles of the stack', () => {
    const grants = new Map<FunctionName, Grant[]>();

    beforeAll(() => {
      const stack = synthesize();
      for (const name of functionNames) grants.set(name, grantsOf(stack, name));
    });

    it('allow every call that a function makes', () => {
      expect(calls().length).toBeGreaterThan(1_000);
      const refused = calls().filter(
        (one) => !grants.get(one.caller as FunctionName)?.some((grant) => covers(grant, one)),
      );
      expect([...new Set(refused.map(({ caller, action, resource }) => `${caller}: ${action} ${resource}`))]).toEqual(
        [],
      );
    });

    it.each(ownDeployed)('grant %s no unused action', (name) => {
      const own = calls().filter(({ caller }) => caller === name);
      const unused = grants.get(name)?.filter((grant) => !own.some((one) => covers(grant, one)));
      expect(unused?.filter(({ resource }) => !isOthersTask(resource))).toEqual([]);
    });
  });
}
