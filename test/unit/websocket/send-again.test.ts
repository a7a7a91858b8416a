/** While a store is down, a message that is safe to repeat is answered in_progress; one whose handler had started is not. */
import { UnavailableError } from '../../../lambdas/ports/errors';
import { callIdOf } from '../../../lambdas/protocol/call-id';
import { create } from '../../../lambdas/websocket/message';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog, createTestClients, createTestHistory, messageDependencies } from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';
const connectedAt = new Date().toISOString();
const connection = { clientId, connectionId: 'c', connectedAt, labels: [] };

const outage = new UnavailableError(new Error('SECRET of the store'));

const down = () => Promise.reject(outage);

type Changes = Parameters<typeof messageDependencies>[0];

async function say(message: object, changes: Changes) {
  const log = createRecordingLog();
  const authorizer = { client_id: clientId, may_join: '*' };
  const requestContext = { connectionId: 'c', connectedAt: Date.parse(connectedAt), authorizer };
  const body = JSON.stringify({ message_id: 'mine', ...message });
  const result = await create(messageDependencies({ log, ...changes }))({ requestContext, body });
  return { log, frame: JSON.parse((result as { body: string }).body) };
}

const NO_CALL = '00000000-0000-4000-8000-000000000001';
const CALL = callIdOf({ clientId, position: { epoch: '0mx070nozgam7', seq: 1 } });

const { calls, clientTools, groups, replies } = messageDependencies();

it.each<[type: string, message: object, changes: Changes]>([
  ['tool_response', { data: { call_id: CALL, result: 1 } }, { calls: { ...calls, end: down } }],
  ['tool_response', { reply_to: NO_CALL }, { clients: { ...createTestClients(), receive: down } }],
  ['tool_progress', { data: { call_id: CALL, progress: 1 } }, { calls: { ...calls, setProgress: down } }],
  ['register_tools', { data: { tools: [] } }, { clientTools: { ...clientTools, set: down } }],
  ['join', { data: { group: 'news' } }, { groups: { ...groups, join: down } }],
  ['leave', { data: { group: 'news' } }, { groups: { ...groups, leave: down } }],
  ['cancel', { data: { message_id: 'other' } }, { replies: { ...replies, cancel: down } }],
  ['resume', { data: { epoch: 'e', seq: 0 } }, { history: Object.assign(createTestHistory(), { after: down }) }],
  ['resume', { data: { epoch: 'e', seq: 0 } }, { clients: { ...createTestClients(), receive: down } }],
])('%s %j may be repeated', async (type, message, changes) => {
  const { frame, log } = await say({ type, ...message }, changes);
  expect(frame).toMatchObject({ type: 'error', data: { code: 'in_progress' }, reply_to: 'mine' });
  expect(JSON.stringify(frame)).not.toContain('SECRET');
  expect(log.errors.at(-1)).toEqual({ event: 'message_failed', cause: expect.any(UnavailableError) });
});

it('a repeat whose stored answer cannot be read may be repeated, and is not handled', async () => {
  const clients = createTestClients();
  await clients.receive(connection, connectedAt, 'durable', { sent: { sender: 's', number: 1 } });
  const respond = jest.fn(() => 'an answer');
  const app = { responder: { model: 'm', respond } };
  const message = { type: 'chat_message', data: { content: 'hi' }, sender: 's', sender_seq: 1 };
  const { frame } = await say(message, { clients, app, history: Object.assign(createTestHistory(), { get: down }) });
  expect(frame).toMatchObject({ type: 'error', data: { code: 'in_progress' }, reply_to: 'mine' });
  expect(respond).not.toHaveBeenCalled();
});

it('a repeat that cannot be taken over from a dead handler may be repeated', async () => {
  const clock = createFakeClock(Date.now());
  const clients = createTestClients();
  await clients.receive(connection, connectedAt, 'durable', { sent: { sender: 's', number: 1 } });
  clock.advance(60_000);
  const message = { type: 'chat_message', data: { content: 'hi' }, sender: 's', sender_seq: 1 };
  const { frame } = await say(message, { clock, clients: { ...clients, takeOver: down } });
  expect(frame.data.code).toBe('in_progress');
});

it('the team’s handler gets internal_error if an outage stopped it, because it may have acted', async () => {
  const responder = { model: 'm', respond: down };
  const { frame, log } = await say({ type: 'chat_message', data: { content: 'hi' } }, { app: { responder } });
  expect(frame.data.code).toBe('internal_error');
  expect(log.errors).toEqual([{ event: 'message_failed', cause: outage }]);
});
