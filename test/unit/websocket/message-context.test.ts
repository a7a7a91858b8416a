import { MessageContext } from '../../../lambdas/websocket/message-context';
import { connectionOf, createRecordingConnections, createTestHistory, messageDependencies } from '../../support/fakes';

const connection = connectionOf('a');

function recordOf(messageId: string) {
  const timestamp = new Date().toISOString();
  return { direction: 'in' as const, messageId, type: 'chat_message', data: {}, timestamp, size: 10 };
}

it('returns the latest messages of its client, oldest first', async () => {
  const history = createTestHistory();
  for (const [index, id] of ['1', '2', '3'].entries()) {
    await history.put({ clientId: 'a', position: { epoch: 'e', seq: index + 1 }, records: [recordOf(id)] });
  }
  await history.append([{ clientId: 'b', records: [recordOf('other')] }]);
  const context = new MessageContext(connection, 'm', undefined, messageDependencies({ history }));
  expect((await context.history(2)).map(({ messageId }) => messageId)).toEqual(['2', '3']);
});

it('aborts its signal when the connection closes, and stops watching when the message has been handled', () => {
  const connections = createRecordingConnections();
  let close = () => {};
  const stopped = jest.fn();
  connections.onClose = (_, callback) => {
    close = callback;
    return stopped;
  };
  const context = new MessageContext(connection, 'm', undefined, messageDependencies({ connections }));
  expect(context.signal.aborted).toBe(false);
  close();
  expect(context.signal.aborted).toBe(true);
  context.done();
  expect(stopped).toHaveBeenCalledTimes(1);
});

it('has an aborted signal if the client had left before the signal was requested', () => {
  const context = new MessageContext(connection, 'm', undefined, messageDependencies());
  context.abort();
  expect(context.signal.aborted).toBe(true);
});

it('logs with the ids of the client and the message, and reads secrets by name', async () => {
  const lines: unknown[] = [];
  const log = { debug() {}, warn() {}, error() {}, info: (...line: unknown[]) => lines.push(line) };
  const context = new MessageContext(connection, 'm', undefined, messageDependencies({ log: log as never }));
  context.log.info('rated', { stars: 5 });
  expect(lines).toEqual([['rated', { client_id: 'a', message_id: 'm', stars: 5 }]]);
  expect(await context.secret('KEY')).toBe('secret of KEY');
});

it('watches the connection once, and only if the signal is used', () => {
  const connections = createRecordingConnections();
  const onClose = jest.fn(() => () => {});
  connections.onClose = onClose;
  const context = new MessageContext(connection, 'm', undefined, messageDependencies({ connections }));
  context.done();
  expect(onClose).not.toHaveBeenCalled();
  expect(context.signal).toBe(context.signal);
  expect(onClose).toHaveBeenCalledTimes(1);
  expect(onClose).toHaveBeenCalledWith(connection.connectionId, expect.any(Function));
});

it('has a working signal on hosts that cannot report a close', () => {
  const context = new MessageContext(connection, 'm', undefined, messageDependencies());
  expect(context.signal.aborted).toBe(false);
  context.abort();
  expect([context.signal.aborted, context.isAborted]).toEqual([true, true]);
  expect(() => context.done()).not.toThrow();
});

it('logs at each level with its ids, without a message_id if the client sent none', () => {
  const lines: unknown[] = [];
  const record =
    (level: string) =>
    (...line: unknown[]) =>
      void lines.push([level, ...line]);
  const log = { debug: record('debug'), info: record('info'), error: record('error') };
  const context = new MessageContext(connection, undefined, undefined, messageDependencies({ log: log as never }));
  const cause = new Error('no');
  context.log.debug('looked');
  context.log.info('found', { rows: 2 });
  context.log.error('failed', cause, { rows: 0 });
  const ids = { client_id: 'a', message_id: undefined };
  expect(lines).toEqual([
    ['debug', 'looked', ids],
    ['info', 'found', { ...ids, rows: 2 }],
    ['error', 'failed', cause, { ...ids, rows: 0 }],
  ]);
});

it('has the client, its labels and the team’s settings', () => {
  const appSettings = { GREETING: 'Hello' };
  const context = new MessageContext(
    { ...connection, labels: ['acme'] },
    'm',
    undefined,
    messageDependencies({ appSettings }),
  );
  expect(context).toMatchObject({ clientId: 'a', labels: ['acme'], settings: appSettings });
});

it('throws for an unknown secret', async () => {
  const secrets = { get: () => Promise.reject(new Error('no secret named KEY')) };
  const context = new MessageContext(connection, 'm', undefined, messageDependencies({ secrets }));
  await expect(context.secret('KEY')).rejects.toThrow('no secret named KEY');
});
