import { createDeliver } from '../../../lambdas/delivery/deliver';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingConnections, createRecordingLog, createTestClients } from '../../support/fakes';

/** @param age  of the connection, in milliseconds */
async function prepare(answers: ('delivered' | 'gone')[], isOpen: boolean, age = 600_000) {
  const clock = createFakeClock(Date.now());
  const clients = createTestClients();
  const connectedAt = new Date(clock.now() - age).toISOString();
  const connection = { clientId: 'a', connectionId: 'c', connectedAt, labels: [] };
  await clients.connect(connection);
  const connections = createRecordingConnections(() => answers.shift() ?? 'gone');
  connections.isOpen = async () => isOpen;
  const deliver = createDeliver({ clients, connections, clock, log: createRecordingLog() });
  return { clients, connections, deliver: () => deliver(connection, '{}') };
}

it('a post that arrives asks nothing more', async () => {
  const { deliver, connections } = await prepare(['delivered'], true);
  expect(await deliver()).toBe('delivered');
  expect(connections.posts).toHaveLength(1);
});

it('a 410 that GET @connections confirms takes an old connection offline', async () => {
  const { deliver, clients } = await prepare(['gone'], false);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toBeUndefined();
});

it('a 410 that GET @connections contradicts is posted again, and takes nobody offline', async () => {
  const { deliver, clients, connections } = await prepare(['gone', 'delivered'], true);
  expect(await deliver()).toBe('delivered');
  expect(connections.posts).toHaveLength(2);
  expect(await clients.get('a')).toBeDefined();
});

it('a 410 twice of an open connection is not delivered, and takes nobody offline', async () => {
  const { deliver, clients } = await prepare(['gone', 'gone'], true);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toBeDefined();
});

it('a 410 of a connection younger than a minute takes nobody offline: it may still be opening', async () => {
  const { deliver, clients } = await prepare(['gone'], false, 59_000);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toBeDefined();
});
