import { MessageContext } from '../../../lambdas/websocket/message-context';
import { connectionOf, createRecordingConnections, createTestHistory, messageDependencies } from '../../support/fakes';

const connection = connectionOf('a');

function recordOf(messageId: string) {
  const timestamp = new Date().toISOString();
  return { direction: 'in' as const, messageId, type: 'chat_message', data: {}, timestamp, size: 10 };
}

it('gives the latest messages of its client, oldest first', async () => {
  const history = createTestHistory();
  await history.append(
    ['1', '2', '3'].map((id, index) => ({
      clientId: 'a',
      position: { epoch: 'e', seq: index + 1 },
      records: [recordOf(id)],
    })),
  );
  await history.append([{ clientId: 'b', records: [recordOf('other')] }]);
  const context = new MessageContext(connection, 'm', messageDependencies({ history }));
  expect((await context.history(2)).map(({ messageId }) => messageId)).toEqual(['2', '3']);
});

it('aborts its signal when the connection closes, and stops watching when the message is handled', () => {
  const connections = createRecordingConnections();
  let close = () => {};
  const stopped = jest.fn();
  connections.onClose = (_, callback) => {
    close = callback;
    return stopped;
  };
  const context = new MessageContext(connection, 'm', messageDependencies({ connections }));
  expect(context.signal.aborted).toBe(false);
  close();
  expect(context.signal.aborted).toBe(true);
  context.done();
  expect(stopped).toHaveBeenCalledTimes(1);
});

it('has an aborted signal where the client had left before it was asked for', () => {
  const context = new MessageContext(connection, 'm', messageDependencies());
  context.abort();
  expect(context.signal.aborted).toBe(true);
});

it('logs with the ids of the client and of the message, and reads secrets by name', async () => {
  const lines: unknown[] = [];
  const log = { debug() {}, error() {}, info: (...line: unknown[]) => lines.push(line) };
  const context = new MessageContext(connection, 'm', messageDependencies({ log: log as never }));
  context.log.info('rated', { stars: 5 });
  expect(lines).toEqual([['rated', { client_id: 'a', message_id: 'm', stars: 5 }]]);
  expect(await context.secret('KEY')).toBe('secret of KEY');
});
