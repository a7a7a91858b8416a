import { createTerminalLog, type LogLevel } from '../../../local/terminal-log';

function linesAt(level: LogLevel): string[] {
  const lines: string[] = [];
  const log = createTerminalLog(
    level,
    (line) => lines.push(line),
    () => 0,
  );
  log.debug('message', { type: 'ping' });
  log.info('connected', { client_id: 'c', code: undefined });
  log.error('failed', new Error('outer', { cause: new Error('inner') }), { route: 'a\nb' });
  return lines;
}

describe('the log on a terminal', () => {
  it.each([
    ['debug', ['message', 'connected', 'failed']],
    ['info', ['connected', 'failed']],
    ['error', ['failed']],
    ['silent', []],
  ] as const)('at %s shows %j', (level, events) => {
    expect(linesAt(level).map((line) => line.split(/\s+/)[2])).toEqual(events);
  });

  it('is one line an event, with the fields that have a value', () => {
    expect(linesAt('info')[0]).toBe('1970-01-01T00:00:00.000Z info  connected client_id=c');
  });

  it('shows an error with its cause, and lets no field break the line', () => {
    const [line] = linesAt('error');
    expect(line).toMatch(/failed route=a b/);
    expect(line).toMatch(/Error: outer[\s\S]*caused by[\s\S]*Error: inner/);
  });
});
