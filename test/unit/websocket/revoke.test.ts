import { create } from '../../../lambdas/websocket/revoke';
import { createFakeClock } from '../../support/fake-clock';
import {
  connectClients,
  createRecordingConnections,
  createRecordingLog,
  createRecordingTasks,
  createTestClients,
  noPresence,
} from '../../support/fakes';

const revocation = { kind: 'client_id', value: 'a', at: Date.now() + 60_000, until: Date.now() + 120_000 } as const;

/** @param failures  of the store when it takes a client offline */
async function prepare(failures: number) {
  const clients = createTestClients();
  await connectClients(clients, ['a']);
  const { disconnect } = clients;
  let tries = 0;
  clients.disconnect = async (...given) => {
    tries += 1;
    if (tries <= failures) throw new Error('no store');
    return disconnect(...given);
  };
  const given = { clients, connections: createRecordingConnections(), ...noPresence(), tasks: createRecordingTasks() };
  const clock = createFakeClock(Date.now());
  const log = createRecordingLog();
  const revoke = create({ ...given, clock, newId: () => 'id', log });
  return { clients, clock, log, run: () => revoke({ task: 'revoke', revocation }) };
}

test('the revoke task retries a client that could not be taken offline', async () => {
  const { clients, log, run } = await prepare(1);
  await run();
  expect(await clients.get('a')).toBeUndefined();
  expect(log.errors).toHaveLength(1);
});

test('the revoke task fails, so that it is retried, if a client may still be connected', async () => {
  const { run } = await prepare(2);
  await expect(run()).rejects.toThrow('1 revoked clients may still be connected');
});

test.each([
  [0, 3_000],
  [2_000, 1_000],
  [60_000, 0],
])('the revoke task, whose first look takes %d ms, waits %d ms until all authorizers know', async (takes, waits) => {
  const { clients, clock, run } = await prepare(0);
  const { getMany } = clients;
  clients.getMany = async (ids) => {
    if (clock.slept.length === 0) clock.advance(takes);
    return getMany(ids);
  };
  await run();
  expect(clock.slept).toEqual([waits]);
});
