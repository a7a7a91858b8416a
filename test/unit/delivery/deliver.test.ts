import { createDeliver } from '../../../lambdas/delivery/deliver';
import { ConnectionError, type DeliveryMode } from '../../../lambdas/ports/connections';
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
  const log = createRecordingLog();
  const deliver = createDeliver({ clients, connections, clock, log });
  return { clients, connections, log, deliver: (mode?: DeliveryMode) => deliver(connection, '{}', mode) };
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

it('a 410 of a connection older than a minute takes it offline', async () => {
  const { deliver, clients } = await prepare(['gone'], false, 60_001);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toBeUndefined();
});

it('a 410 takes nobody offline who has come back on a newer connection', async () => {
  const { deliver, clients } = await prepare(['gone'], false);
  const newer = { clientId: 'a', connectionId: 'newer', connectedAt: new Date().toISOString(), labels: [] };
  await clients.connect(newer);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toMatchObject({ connectionId: 'newer' });
});

it('a client that cannot be taken offline is gone all the same, and the store’s failure is logged', async () => {
  const { deliver, clients, log } = await prepare(['gone'], false);
  const cause = new Error('no update');
  clients.markGone = () => Promise.reject(cause);
  expect(await deliver()).toBe('gone');
  expect(log.errors).toEqual([{ event: 'mark_gone_failed', cause }]);
});

it.each<DeliveryMode | undefined>(['at_most_once', 'at_least_once', undefined])(
  'both posts are made in the mode %s that the caller asked for',
  async (mode) => {
    const { deliver, connections } = await prepare([], true);
    const modes: (DeliveryMode | undefined)[] = [];
    connections.post = async (_id, _text, given) => {
      modes.push(given);
      return modes.length === 1 ? 'gone' : 'delivered';
    };
    await deliver(mode);
    expect(modes).toEqual([mode, mode]);
  },
);

it('a post that fails is an error of the caller’s, asks nothing more, and takes nobody offline', async () => {
  const { deliver, clients, connections } = await prepare([], false);
  const isOpen = jest.spyOn(connections, 'isOpen');
  connections.post = () => Promise.reject(new ConnectionError('throttled'));
  await expect(deliver()).rejects.toMatchObject({ code: 'throttled' });
  expect(isOpen).not.toHaveBeenCalled();
  expect(await clients.get('a')).toBeDefined();
});

it('a 410 that cannot be confirmed is an error, and takes nobody offline', async () => {
  const { deliver, clients, connections } = await prepare(['gone'], false);
  connections.isOpen = () => Promise.reject(new ConnectionError('throttled'));
  await expect(deliver()).rejects.toMatchObject({ code: 'throttled' });
  expect(await clients.get('a')).toBeDefined();
});
