import { create } from '../../../lambdas/websocket/end-session';
import { createFakeClock } from '../../support/fake-clock';
import {
  connectClients,
  createRecordingLog,
  createRecordingTasks,
  createTestClients,
  noPresence,
} from '../../support/fakes';

const task = { task: 'end_session', clientId: 'a', connectionId: 'on-a' } as const;

/** @param failures  of the store, before it answers again */
async function prepare(failures: number) {
  const clients = createTestClients();
  await connectClients(clients, ['a']);
  const { disconnect } = clients;
  let tries = 0;
  clients.disconnect = async (...given) => {
    tries += 1;
    if (tries <= failures) throw new Error(`failure ${tries}`);
    return disconnect(...given);
  };
  const clock = createFakeClock();
  const log = createRecordingLog();
  return {
    clients,
    clock,
    log,
    run: () => create({ clients, ...noPresence(), tasks: createRecordingTasks(), clock, log })(task),
    tries: () => tries,
  };
}

describe('the end-session task', () => {
  it('takes the client offline at once if the store answers', async () => {
    const { clients, clock, log, run } = await prepare(0);
    await run();
    expect(await clients.get('a')).toBeUndefined();
    expect(clock.slept).toEqual([]);
    expect(log.infos).toEqual(['session_ended_late']);
  });

  it('retries with growing intervals until the store answers', async () => {
    const { clients, clock, run } = await prepare(5);
    await run();
    expect(await clients.get('a')).toBeUndefined();
    expect(clock.slept).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
  });

  it('fails with the last error after some 8 minutes, so that it is retried', async () => {
    const { clock, run, tries } = await prepare(Number.POSITIVE_INFINITY);
    const error = await run().catch((thrown) => thrown);
    const slept = clock.slept.reduce((sum, wait) => sum + wait, 0);
    expect(error).toEqual(new Error(`failure ${tries()}`));
    expect(slept).toBeGreaterThanOrEqual(470_000);
    expect(slept).toBeLessThan(840_000); // a function's 15 minutes, with room for the attempts themselves
  });
});
