import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { create as createGroupCalls } from '../../../lambdas/http/groups';
import type { GroupStore } from '../../../lambdas/ports/group-store';
import { newUuid } from '../../../lambdas/ports/runtime';
import { create } from '../../../lambdas/websocket/connect';
import { createGroupMessages } from '../../../lambdas/websocket/group-messages';
import { createFakeClock } from '../../support/fake-clock';
import {
  connectClients,
  createRecordingLog,
  createRecordingTasks,
  createTestClients,
  createTestGroups,
  createTestHistory,
  noPresence,
} from '../../support/fakes';

function connectOffering(...values: string[]) {
  const dependencies = {
    clients: createTestClients(),
    ...noPresence(),
    tasks: { start: async () => {} },
    log: createRecordingLog(),
  };
  const multiValueHeaders = values.length > 0 ? { 'Sec-WebSocket-Protocol': values } : {};
  const authorizer = { client_id: 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11' };
  const requestContext = { connectionId: 'R1kmxc2VNjMCFIA=', connectedAt: Date.now(), authorizer };
  return create(dependencies)({ requestContext, multiValueHeaders });
}

/** Connects a client that the server does not remember, although it may be in groups. */
function connectAs(authorizer: { client_id: string } & Record<string, string>, groups: GroupStore) {
  const dependencies = {
    clients: createTestClients(),
    ...noPresence(),
    groups,
    tasks: createRecordingTasks(),
    log: createRecordingLog(),
  };
  return create(dependencies)({ requestContext: { connectionId: 'x', connectedAt: Date.now(), authorizer } });
}

/** The ways in which a client without labels joins the group `secret`. */
const WAYS: Record<string, (clientId: string, groups: GroupStore) => Promise<unknown>> = {
  'by its token': (client_id, groups) => connectAs({ client_id, groups: 'secret' }, groups),
  'by itself': (clientId, groups) =>
    createGroupMessages(groups, async () => {}).join('secret', { clientId, labels: [], mayJoin: 'secret' }),
  'by a call of the team': async (clientId, groups) => {
    const clients = createTestClients();
    await connectClients(clients, [clientId]);
    const handle = createGroupCalls({
      ...{ clients, ...noPresence(), groups, history: createTestHistory(), tasks: createRecordingTasks() },
      ...{ accessControl: false, clock: createFakeClock(0), newId: newUuid, log: createRecordingLog() },
    });
    const pathParameters = { group: 'secret', client_id: clientId };
    const routeKey = 'PUT /groups/{group}/clients/{client_id}';
    await handle({ routeKey, pathParameters } as unknown as APIGatewayProxyEventV2);
  },
};

describe('$connect', () => {
  it.each([['switchboard, some-token'], ['some-token, switchboard'], ['switchboard', 'some-token'], ['switchboard']])(
    'selects our subprotocol if %j is offered, and does not send a token back',
    async (...offer) => {
      expect(await connectOffering(...offer)).toStrictEqual({
        statusCode: 200,
        headers: { 'Sec-WebSocket-Protocol': 'switchboard' },
      });
    },
  );

  it.each([[[]], [['chat.v1, chat.v2']], [['switchboard2']], [['Switchboard']]])(
    'selects no subprotocol if %j is offered',
    async (offer) => {
      expect(await connectOffering(...offer)).toStrictEqual({ statusCode: 200 });
    },
  );

  it('leaves the groups that another owner’s client joined with this id', async () => {
    const groups = createTestGroups();
    await groups.join('device-1', ['bolt:secret', 'team'], 'bolt');
    await groups.join('device-1', ['acme:all'], 'acme');
    await groups.join('device-1', ['put-early']);
    await connectAs({ client_id: 'device-1', labels: 'acme', owner: 'acme', groups: 'acme:new' }, groups);
    const names = (await groups.groupsOf('device-1')).map(({ group }) => group);
    expect(names.sort()).toEqual(['acme:all', 'acme:new', 'put-early']);
  });

  it.each(Object.entries(WAYS))(
    'leaves the group that a client without labels joined with this id %s',
    async (_, join) => {
      const groups = createTestGroups();
      await join('device-1', groups);
      expect(await groups.groupsOf('device-1')).toMatchObject([{ group: 'secret' }]);
      await connectAs({ client_id: 'device-1', labels: 'acme', owner: 'acme' }, groups);
      expect(await groups.groupsOf('device-1')).toEqual([]);
    },
  );

  it('ends a session later if its write failed: the write may have happened, with its response lost', async () => {
    const clients = createTestClients();
    clients.connect = () => Promise.reject(new Error('no answer'));
    const tasks = createRecordingTasks();
    const authorizer = { client_id: 'c' };
    const requestContext = { connectionId: 'x', connectedAt: Date.now(), authorizer };
    const connecting = create({ clients, ...noPresence(), tasks, log: createRecordingLog() })({
      requestContext,
    });
    await expect(connecting).rejects.toThrow('no answer');
    expect(tasks.started).toEqual([{ task: 'end_session', clientId: 'c', connectionId: 'x' }]);
  });
});
