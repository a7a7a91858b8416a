import { create } from '../../../lambdas/websocket/disconnect';
import { createFakeClock } from '../../support/fake-clock';
import {
  connectClients,
  connectionOf,
  createRecordingLog,
  createRecordingTasks,
  createTestClients,
  noPresence,
} from '../../support/fakes';

function prepare() {
  const clients = createTestClients();
  const tasks = createRecordingTasks();
  const clock = createFakeClock();
  const lines: unknown[] = [];
  const log = { ...createRecordingLog(), info: (...line: unknown[]) => void lines.push(line) };
  const disconnect = create({ clients, ...noPresence(), tasks, clock, log });
  const leave = (connectionId: string) =>
    disconnect({
      requestContext: {
        connectionId,
        connectedAt: clock.now() - 90_400,
        authorizer: { client_id: 'a' },
        disconnectStatusCode: 1001,
      },
    });
  return { clients, tasks, log, lines, leave };
}

describe('$disconnect', () => {
  it('takes the client offline, and logs how long it was connected and how it left', async () => {
    const { clients, tasks, lines, leave } = prepare();
    await connectClients(clients, ['a']);
    expect(await leave('on-a')).toEqual({ statusCode: 200 });
    expect(await clients.get('a')).toBeUndefined();
    expect(tasks.started).toEqual([]);
    expect(lines).toEqual([['disconnected', { client_id: 'a', code: 1001, seconds: 90 }]]);
  });

  it('leaves a client online that has a newer connection', async () => {
    const { clients, leave } = prepare();
    await connectClients(clients, ['a']);
    await clients.connect({ ...connectionOf('a'), connectionId: 'newer', connectedAt: new Date().toISOString() });
    await leave('on-a');
    expect(await clients.get('a')).toMatchObject({ connectionId: 'newer' });
  });

  it('leaves ending the session to a task if the store fails, because the platform sends $disconnect only once', async () => {
    const { clients, tasks, log, leave } = prepare();
    const cause = new Error('no update');
    clients.disconnect = () => Promise.reject(cause);
    expect(await leave('on-a')).toEqual({ statusCode: 200 });
    expect(tasks.started).toEqual([{ task: 'end_session', clientId: 'a', connectionId: 'on-a' }]);
    expect(log.errors).toEqual([{ event: 'disconnect_failed', cause }]);
  });

  it('fails visibly if that task cannot be started either', async () => {
    const { clients, tasks, leave } = prepare();
    clients.disconnect = () => Promise.reject(new Error('no update'));
    tasks.start = () => Promise.reject(new Error('no task'));
    await expect(leave('on-a')).rejects.toThrow('no task');
  });
});
