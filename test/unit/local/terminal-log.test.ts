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
  log.warn('refused', { count: 2 });
  log.error('failed', new Error('outer', { cause: new Error('inner') }), { route: 'a\nb' });
  return lines;
}

describe('the log on a terminal', () => {
  it.each([
    ['debug', ['message', 'connected', 'refused', 'failed']],
    ['info', ['connected', 'refused', 'failed']],
    ['warn', ['refused', 'failed']],
    ['error', ['failed']],
    ['silent', []],
  ] as const)('at %s shows %j', (level, events) => {
    expect(linesAt(level).map((line) => line.split(/\s+/)[2])).toEqual(events);
  });

  it('has one line per event, with the fields that have a value', () => {
    expect(linesAt('info')[0]).toBe('1970-01-01T00:00:00.000Z info  connected client_id=c');
  });

  it('shows an error with its cause, and no field can break the line', () => {
    const [line] = linesAt('error');
    expect(line).toMatch(/failed route=a b/);
    expect(line).toMatch(/Error: outer[\s\S]*caused by[\s\S]*Error: inner/);
  });

  it.each([
    ['a field', (text: string) => ({ fields: { tool: text } })],
    ['an error', (text: string) => ({ cause: new Error(text) })],
    ['an error’s cause', (text: string) => ({ cause: new Error('outer', { cause: text }) })],
  ])('cannot be steered or forged by %s that quotes a client’s text', (_, given) => {
    const lines: string[] = [];
    const log = createTerminalLog('info', (line) => lines.push(line));
    const { fields, cause }: { fields?: Record<string, string>; cause?: unknown } = given(
      'no city \u001b[2J\u009b\r\n2024-01-01T00:00:00.000Z info  connected\u2028client_id=x',
    );
    log.error('failed', cause, fields);
    expect(lines.join('\n')).toContain('no city');
    expect(lines.join('\n')).not.toMatch(/[^\P{Cc}\n]|\u2028/u);
    const [, ...rest] = lines.join('\n').split('\n');
    expect(rest.filter((line) => !line.startsWith('  '))).toEqual([]); // at most one line starts in the first column
  });
});
