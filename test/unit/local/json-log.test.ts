import { createJsonLog } from '../../../local/json-log';
import type { LogLevel } from '../../../local/terminal-log';

function linesAt(level: LogLevel) {
  const lines: string[] = [];
  const log = createJsonLog(
    level,
    (line) => lines.push(line),
    () => 0,
  );
  log.debug('message_handled', { type: 'ping' });
  log.info('connected', { client_id: 'c', code: undefined });
  log.warn('refused', { reason: 'too_many_connections', count: 2 });
  log.error('failed', new Error('outer', { cause: new Error('in\nner') }), { route: '$default' });
  return lines;
}

it.each([
  ['debug', ['message_handled', 'connected', 'refused', 'failed']],
  ['info', ['connected', 'refused', 'failed']],
  ['warn', ['refused', 'failed']],
  ['error', ['failed']],
  ['silent', []],
] as const)('the JSON log writes at %s %j', (level, events) => {
  expect(linesAt(level).map((line) => JSON.parse(line).message)).toEqual(events);
});

it('a line of the JSON log has level, message, timestamp and all fields with a value', () => {
  const [connected = ''] = linesAt('info');
  expect(connected).toBe(
    '{"level":"INFO","message":"connected","timestamp":"1970-01-01T00:00:00.000Z","client_id":"c"}',
  );
});

it('an error in the JSON log is one line, with its stack and its cause', () => {
  const [line = ''] = linesAt('error');
  expect(line).not.toContain('\n');
  expect(JSON.parse(line).error).toEqual({
    name: 'Error',
    message: 'outer',
    stack: expect.stringContaining('json-log.test'),
    cause: { name: 'Error', message: 'in\nner', stack: expect.any(String) },
  });
});

it('no field is lost: an event’s `error` stays, and a field named like one of the line’s own gets an underscore', () => {
  const lines: string[] = [];
  const log = createJsonLog(
    'debug',
    (line) => lines.push(line),
    () => 0,
  );
  log.debug('message_handled', { type: 'ping', error: 'unsupported_type' });
  log.info('answered', { level: 3, message: 'hello', timestamp: 'now' });
  log.error('failed', new Error('outer'), { error: 'internal_error' });
  const timestamp = '1970-01-01T00:00:00.000Z';
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 'DEBUG', message: 'message_handled', timestamp, type: 'ping', error: 'unsupported_type' },
    { level: 'INFO', message: 'answered', timestamp, level_: 3, message_: 'hello', timestamp_: 'now' },
    expect.objectContaining({
      message: 'failed',
      error_: 'internal_error',
      error: expect.objectContaining({ message: 'outer' }),
    }),
  ]);
});
