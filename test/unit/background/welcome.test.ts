import { createWelcome } from '../../../lambdas/background/welcome';
import { ConnectionError } from '../../../lambdas/connections/connections';
import { newUuid } from '../../../lambdas/runtime';
import { createRecordingConnections, createRecordingLog } from '../../support/fakes';

const task = { task: 'welcome', clientId: 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11', connectionId: 'c' } as const;

/** A clock that is moved by sleeping alone. */
function sleepingClock() {
  let time = 0;
  return {
    now: () => time,
    sleep: async (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

describe('the welcome task', () => {
  it('waits for a connection that is still being opened, and greets it once', async () => {
    const clock = sleepingClock();
    const connections = createRecordingConnections(() => (clock.now() < 1_000 ? 'gone' : 'delivered'));
    await createWelcome({ connections, clock, newId: newUuid, log: createRecordingLog() })(task);
    expect(clock.now()).toBeGreaterThanOrEqual(1_000);
    expect(connections.posts.at(-1)).toMatchObject({
      connectionId: 'c',
      frame: { type: 'connection_established', data: { client_id: task.clientId, protocol: 1 } },
    });
    expect(new Set(connections.posts.map(({ frame }) => frame.message_id)).size).toBe(connections.posts.length);
  });

  it.each([
    ['throttled', new ConnectionError('throttled')],
    ['out of reach', new Error('no route')],
  ])('fails where the platform is %s, so that it is run again', async (_, error) => {
    const connections = createRecordingConnections(() => error);
    const log = createRecordingLog();
    const run = createWelcome({ connections, clock: sleepingClock(), newId: newUuid, log })(task);
    await expect(run).rejects.toBe(error);
    expect(connections.posts).toHaveLength(1);
  });

  it('closes the connection that it replaces, once the newer one is greeted', async () => {
    const connections = createRecordingConnections((id) => (id === 'old' ? 'gone' : 'delivered'));
    const log = createRecordingLog();
    const run = createWelcome({ connections, clock: sleepingClock(), newId: newUuid, log });
    await run(task);
    expect(connections.closed).toEqual([]);
    await run({ ...task, replaced: 'old' });
    expect(connections.closed).toEqual(['old']);
    expect(connections.posts).toHaveLength(2);
    expect(log.infos).toEqual(['replaced']);
  });

  it('greets nobody twice because the older connection can’t be closed', async () => {
    const throttled = new ConnectionError('throttled');
    const connections = createRecordingConnections((id) => (id === 'old' ? throttled : 'delivered'));
    const log = createRecordingLog();
    await createWelcome({ connections, clock: sleepingClock(), newId: newUuid, log })({ ...task, replaced: 'old' });
    expect(log.errors).toEqual([{ event: 'replaced_stays_open', cause: throttled }]);
  });

  it('gives up quietly where the client has gone for good', async () => {
    const clock = sleepingClock();
    const log = createRecordingLog();
    const connections = createRecordingConnections(() => 'gone');
    await createWelcome({ connections, clock, newId: newUuid, log })(task);
    expect(clock.now()).toBeGreaterThanOrEqual(5_000);
    expect(log.infos).toEqual(['welcome_given_up']);
    expect(log.errors).toEqual([]);
  });
});
