/** Log lines on Lambda: which are written at which level, what makes them metrics, and which ids they carry. */
import { idsOf, withIds } from '../../../lambdas/aws/invocation-ids';
import { createJsonLog } from '../../../lambdas/aws/json-log';
import type { LogFields } from '../../../lambdas/ports/runtime';

// biome-ignore lint/suspicious/noExplicitAny: a line is JSON of any shape
type Line = any;

/** What a log writes, as CloudWatch receives it. */
function linesOf(run: (log: ReturnType<typeof createJsonLog>) => void, environment = {}): Line[] {
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0),
  );
  const consoles = (['debug', 'info', 'warn', 'error'] as const).map((level) =>
    jest.spyOn(console, level).mockImplementation((...texts: unknown[]) => void written.push(String(texts[0]))),
  );
  try {
    const log = createJsonLog({ STACK_NAME: 'Two', AWS_LAMBDA_FUNCTION_NAME: 'Two-http-push', ...environment });
    run(log);
  } finally {
    for (const spy of [...spies, ...consoles]) spy.mockRestore();
  }
  return written.flatMap((text) => text.trim().split('\n')).map((text) => JSON.parse(text));
}

describe('metric lines', () => {
  it.each(['debug', 'info', 'warn', 'error'])('are written at LOG_LEVEL=%s', (LOG_LEVEL) => {
    const lines = linesOf((log) => log.info('connection_refused', { reason: 'missing', unauthorized: 1 }), {
      LOG_LEVEL,
    });
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'connection_refused',
        connection_refused: 1,
        connection_refused_unauthorized: 1,
      }),
    ]);
  });

  it('have the name of the stack as their dimension', () => {
    const [line] = linesOf((log) => log.error('count_failed', new Error('no')));
    expect(line).toMatchObject({ errors: 1, stack: 'Two', function: 'Two-http-push' });
    expect(line._aws.CloudWatchMetrics[0]).toMatchObject({ Namespace: 'Switchboard', Dimensions: [['stack']] });
  });
});

describe('other lines', () => {
  const all = (log: ReturnType<typeof createJsonLog>) => {
    log.debug('a');
    log.info('b');
    log.warn('w');
    log.error('c', new Error('no'));
  };

  it.each([
    ['debug', ['a', 'b', 'w', 'c']],
    ['info', ['b', 'w', 'c']],
    ['warn', ['w', 'c']],
    ['error', ['c']],
  ])('are written from LOG_LEVEL=%s up: %j', (LOG_LEVEL, expected) => {
    expect(linesOf(all, { LOG_LEVEL }).map(({ message }) => message)).toEqual(expected);
  });
});

describe('ids', () => {
  const MESSAGE = {
    requestContext: {
      eventType: 'MESSAGE',
      requestId: 'R1kmxGn5NjMEFIA=',
      connectionId: 'R1kmxc2VNjMCFIA=',
      authorizer: { client_id: '0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11' },
    },
    body: '{"type": "ping", "message_id": "m-1"}',
  };
  const IDS: LogFields = {
    client_id: '0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11',
    connection_id: 'R1kmxc2VNjMCFIA=',
    message_id: 'm-1',
    request_id: 'R1kmxGn5NjMEFIA=',
    invocation_id: 'i-1',
  };

  it('of a message are those of its client, connection and request, and its own', () => {
    expect(idsOf(MESSAGE, { awsRequestId: 'i-1' })).toEqual({ ...IDS, broadcast_id: undefined });
  });

  it.each(['not JSON', '[]', '{"message_id": {}}', ''])('of the message %s lack only its own', (body) => {
    const expected = { ...IDS, broadcast_id: undefined, message_id: undefined };
    expect(idsOf({ ...MESSAGE, body }, { awsRequestId: 'i-1' })).toEqual(expected);
  });

  it('contain the digits of a numeric message_id', () => {
    expect(idsOf({ ...MESSAGE, body: '{"message_id": 9007199254740993}' }, {}).message_id).toBe('9007199254740993');
  });

  it('of a task are those of its client or its broadcast', () => {
    expect(idsOf({ clientId: 'c', connectionId: 'x' }, {})).toMatchObject({ client_id: 'c', connection_id: 'x' });
    expect(idsOf({ broadcastId: 'b' }, {})).toMatchObject({ broadcast_id: 'b' });
  });

  it('of an HTTP call are those of its request, without the message_id of its body', () => {
    const event = { requestContext: { requestId: 'r' }, body: '{"message_id": "m"}' };
    expect(idsOf(event, {})).toMatchObject({ request_id: 'r', message_id: undefined, client_id: undefined });
  });

  it('are on each line of an invocation, change with the next one, and a line may override them', () => {
    const lines = linesOf((log) => {
      const handler = withIds((_event: typeof MESSAGE, _context: { awsRequestId?: string }) => {
        log.info('one');
        log.error('two', new Error('no'), { client_id: 'another' });
      }, log);
      handler(MESSAGE, { awsRequestId: 'i-1' });
      handler({ ...MESSAGE, body: '{"message_id": "m-2"}' }, { awsRequestId: 'i-2' });
    });
    expect(lines[0]).toMatchObject({ message: 'one', ...IDS });
    expect(lines[1]).toMatchObject({ message: 'two', ...IDS, client_id: 'another' });
    expect(lines[2]).toMatchObject({ message: 'one', message_id: 'm-2', invocation_id: 'i-2' });
  });

  it('are not read if no line is written', () => {
    const seen = jest.fn(() => ({}));
    linesOf((log) => {
      log.begin(seen);
      log.debug('nothing');
    });
    expect(seen).not.toHaveBeenCalled();
  });
});
