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

it('a post that arrives needs no further call', async () => {
  const { deliver, connections } = await prepare(['delivered'], true);
  expect(await deliver()).toBe('delivered');
  expect(connections.posts).toHaveLength(1);
});

it('a 410 that GET @connections confirms takes an old connection offline', async () => {
  const { deliver, clients } = await prepare(['gone'], false);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toBeUndefined();
});

it('after a 410 that GET @connections contradicts, the message is posted again and the client stays online', async () => {
  const { deliver, clients, connections } = await prepare(['gone', 'delivered'], true);
  expect(await deliver()).toBe('delivered');
  expect(connections.posts).toHaveLength(2);
  expect(await clients.get('a')).toBeDefined();
});

it('after two 410s for an open connection, the message is not delivered and the client stays online', async () => {
  const { deliver, clients } = await prepare(['gone', 'gone'], true);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toBeDefined();
});

it('a 410 for a connection younger than a minute leaves the client online: it may still be opening', async () => {
  const { deliver, clients } = await prepare(['gone'], false, 59_000);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toBeDefined();
});

it('a 410 for a connection older than a minute takes the client offline', async () => {
  const { deliver, clients } = await prepare(['gone'], false, 60_001);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toBeUndefined();
});

it('a 410 does not take a client offline that has reconnected', async () => {
  const { deliver, clients } = await prepare(['gone'], false);
  const newer = { clientId: 'a', connectionId: 'newer', connectedAt: new Date().toISOString(), labels: [] };
  await clients.connect(newer);
  expect(await deliver()).toBe('gone');
  expect(await clients.get('a')).toMatchObject({ connectionId: 'newer' });
});

it('a client that cannot be taken offline counts as gone, and the store’s failure is logged', async () => {
  const { deliver, clients, log } = await prepare(['gone'], false);
  const cause = new Error('no update');
  clients.markGone = () => Promise.reject(cause);
  expect(await deliver()).toBe('gone');
  expect(log.errors).toEqual([{ event: 'mark_gone_failed', cause }]);
});

it.each<DeliveryMode | undefined>(['at_most_once', 'at_least_once', undefined])(
  'both posts use the delivery mode %s of the caller',
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

it('a post that fails throws to the caller, makes no further call, and leaves the client online', async () => {
  const { deliver, clients, connections } = await prepare([], false);
  const isOpen = jest.spyOn(connections, 'isOpen');
  connections.post = () => Promise.reject(new ConnectionError('throttled'));
  await expect(deliver()).rejects.toMatchObject({ code: 'throttled' });
  expect(isOpen).not.toHaveBeenCalled();
  expect(await clients.get('a')).toBeDefined();
});

it('a 410 that cannot be confirmed throws, and leaves the client online', async () => {
  const { deliver, clients, connections } = await prepare(['gone'], false);
  connections.isOpen = () => Promise.reject(new ConnectionError('throttled'));
  await expect(deliver()).rejects.toMatchObject({ code: 'throttled' });
  expect(await clients.get('a')).toBeDefined();
});
