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
  it('takes the client offline, and logs for how long it was there and how it left', async () => {
    const { clients, tasks, lines, leave } = prepare();
    await connectClients(clients, ['a']);
    expect(await leave('on-a')).toEqual({ statusCode: 200 });
    expect(await clients.get('a')).toBeUndefined();
    expect(tasks.started).toEqual([]);
    expect(lines).toEqual([['disconnected', { client_id: 'a', code: 1001, seconds: 90 }]]);
  });

  it('leaves a client online that a newer connection has taken over', async () => {
    const { clients, leave } = prepare();
    await connectClients(clients, ['a']);
    await clients.connect({ ...connectionOf('a'), connectionId: 'newer', connectedAt: new Date().toISOString() });
    await leave('on-a');
    expect(await clients.get('a')).toMatchObject({ connectionId: 'newer' });
  });

  it('has a task end the session later where the store fails: the platform says it once', async () => {
    const { clients, tasks, log, leave } = prepare();
    const cause = new Error('no update');
    clients.disconnect = () => Promise.reject(cause);
    expect(await leave('on-a')).toEqual({ statusCode: 200 });
    expect(tasks.started).toEqual([{ task: 'end_session', clientId: 'a', connectionId: 'on-a' }]);
    expect(log.errors).toEqual([{ event: 'disconnect_failed', cause }]);
  });

  it('fails where no task can be started either, so that it is seen', async () => {
    const { clients, tasks, leave } = prepare();
    clients.disconnect = () => Promise.reject(new Error('no update'));
    tasks.start = () => Promise.reject(new Error('no task'));
    await expect(leave('on-a')).rejects.toThrow('no task');
  });
});
