import { ConnectionError } from '../../../lambdas/ports/connections';
import { newUuid } from '../../../lambdas/ports/runtime';
import { create } from '../../../lambdas/websocket/welcome';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingConnections, createRecordingLog, TEST_CONNECTION_LIMITS } from '../../support/fakes';

const task = {
  task: 'welcome',
  clientId: 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11',
  connectionId: 'c',
  connectedAt: '1970-01-01T00:00:00.000Z',
  position: { epoch: '0mx070nozgam7', seq: 7 },
} as const;

const connectionLimits = TEST_CONNECTION_LIMITS;

/** A clock that only moves by sleeping. */
const sleepingClock = () => createFakeClock(0);

const OLD = { connectionId: 'old', connectedAt: '1969-12-31T00:00:00.000Z' };

describe('the welcome task', () => {
  it('waits for a connection that is still opening, and greets it once', async () => {
    const clock = sleepingClock();
    const connections = createRecordingConnections(() => (clock.now() < 1_000 ? 'gone' : 'delivered'));
    await create({ connections, clock, connectionLimits, newId: newUuid, log: createRecordingLog() })(task);
    expect(clock.now()).toBeGreaterThanOrEqual(1_000);
    expect(connections.posts.at(-1)).toMatchObject({
      connectionId: 'c',
      frame: {
        type: 'connection_established',
        data: {
          client_id: task.clientId,
          protocol: 1,
          ...task.position,
          broadcast: expect.stringMatching(/^[0-9a-z]{13}$/),
          resumable_seconds: 60,
          connection_expires_at: '1970-01-01T02:00:00.000Z',
        },
      },
    });
    expect(new Set(connections.posts.map(({ frame }) => frame.message_id)).size).toBe(connections.posts.length);
  });

  it.each([
    ['throttled', new ConnectionError('throttled')],
    ['out of reach', new Error('no route')],
  ])('fails if the platform is %s, so that it is retried', async (_, error) => {
    const connections = createRecordingConnections(() => error);
    const log = createRecordingLog();
    const run = create({ connections, clock: sleepingClock(), connectionLimits, newId: newUuid, log })(task);
    await expect(run).rejects.toBe(error);
    expect(connections.posts).toHaveLength(1);
  });

  it('closes the connection that it replaces after greeting the new one', async () => {
    const connections = createRecordingConnections((id) => (id === 'old' ? 'gone' : 'delivered'));
    const log = createRecordingLog();
    const run = create({ connections, clock: sleepingClock(), connectionLimits, newId: newUuid, log });
    await run(task);
    expect(connections.closed).toEqual([]);
    await run({ ...task, replaced: OLD });
    expect(connections.closed).toEqual(['old']);
    expect(connections.posts.map(({ frame }) => frame.type)).toEqual([
      'connection_established',
      'connection_established',
      'connection_closing',
    ]);
    expect(log.infos).toEqual(['replaced']);
  });

  it('greets nobody twice if the older connection can’t be closed', async () => {
    const throttled = new ConnectionError('throttled');
    const connections = createRecordingConnections((id) => (id === 'old' ? throttled : 'delivered'));
    const log = createRecordingLog();
    await create({ connections, clock: sleepingClock(), connectionLimits, newId: newUuid, log })({
      ...task,
      replaced: OLD,
    });
    expect(log.errors).toEqual([{ event: 'replaced_stays_open', cause: throttled }]);
  });

  it('gives up quietly if the client has gone for good', async () => {
    const clock = sleepingClock();
    const log = createRecordingLog();
    const connections = createRecordingConnections(() => 'gone');
    await create({ connections, clock, connectionLimits, newId: newUuid, log })(task);
    expect(clock.now()).toBeGreaterThanOrEqual(5_000);
    expect(log.warnings).toEqual(['welcome_given_up']);
    expect(log.errors).toEqual([]);
  });

  it('closes a replaced connection that is still opening, once it is open', async () => {
    const clock = sleepingClock();
    const young = { connectionId: 'young', connectedAt: new Date(0).toISOString() };
    const connections = createRecordingConnections((id) =>
      id === 'young' && clock.now() < 300 ? 'gone' : 'delivered',
    );
    const run = create({ connections, clock, connectionLimits, newId: newUuid, log: createRecordingLog() });
    await run({ ...task, replaced: young });
    expect(connections.closed).toEqual(['young']);
    expect(clock.now()).toBeGreaterThanOrEqual(300);
  });
});
