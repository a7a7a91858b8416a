import { OptionError, readOptions, shownUrl } from '../../../../cli/client/options';

describe('the command line', () => {
  it('has a default address and a default wait', () => {
    const { url, timeoutSeconds, script, help } = readOptions([]);
    expect(url.href).toBe('ws://localhost:9004/');
    expect([timeoutSeconds, script, help]).toEqual([10, undefined, false]);
  });

  it('accepts options in any order', () => {
    const { url, timeoutSeconds, script } = readOptions(['--timeout', '2.5', 'wss://host/stage', '--script', '-']);
    expect([url.href, timeoutSeconds, script]).toEqual(['wss://host/stage', 2.5, '-']);
  });

  it('puts the token into the query, encoded, and keeps the rest of the query', () => {
    const { url } = readOptions(['ws://h:1/?a=b', '--token', 'x&y z']);
    expect([...url.searchParams]).toEqual([
      ['a', 'b'],
      ['token', 'x&y z'],
    ]);
  });

  it.each([
    ['the option before everything else', ['ws://h/?token=in-url', '--token', 'in-option'], 'in-option'],
    ['the URL before the environment', ['ws://h/?token=in-url'], 'in-url'],
    ['the environment', ['ws://h/'], 'in-environment'],
  ])('takes the token of %s', (_, given, token) => {
    const { url } = readOptions(given, { SWITCHBOARD_TOKEN: 'in-environment' });
    expect(url.searchParams.getAll('token')).toEqual([token]);
  });

  it('shows an address without its secrets', () => {
    expect(shownUrl(new URL('wss://user:pass@host:8443/stage?token=secret'))).toBe('wss://host:8443/stage');
  });

  it.each([
    [['http://localhost:9004'], '"http://localhost:9004" is not a WebSocket URL'],
    [['localhost:9004'], 'expected ws://host:port'],
    [['ws://'], 'expected ws://host:port'],
    [['ws://h/#part'], 'expected ws://host:port'],
    [['ws://a', 'ws://b'], 'one URL only'],
    [['--timeout', '0'], '--timeout is "0"'],
    [['--timeout', 'soon'], '--timeout is "soon"'],
    [['--timeout', '1e9'], '--timeout is "1e9"'],
    [['--script'], '--help'],
    [['--verbose'], "'--verbose'"],
  ])('is refused in one sentence: %j', (given, part) => {
    expect(() => readOptions(given)).toThrow(OptionError);
    expect(() => readOptions(given)).toThrow(part);
  });

  it('never repeats a token', () => {
    const given = ['http://user:secret@host?token=secret', '--token', 'secret'];
    expect(() => readOptions(given)).toThrow(/^"http:\/\/host" is not a WebSocket URL/);
  });
});
