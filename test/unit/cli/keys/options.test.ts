import { readOptions } from '../../../../cli/keys/options';

describe('the options of npm run keys', () => {
  it.each([
    [['show'], { command: 'show', key: undefined, secrets: {} }],
    [['rotate', 'api-key'], { command: 'rotate', key: 'api-key', secrets: {} }],
    [['retire', '--api-key-secret', 'arn:1'], { command: 'retire', key: undefined, secrets: { 'api-key': 'arn:1' } }],
    [
      ['rotate', 'signing-key', '--signing-key-secret=arn:2', '--api-key-secret=arn:1'],
      { command: 'rotate', key: 'signing-key', secrets: { 'api-key': 'arn:1', 'signing-key': 'arn:2' } },
    ],
  ])('%j are understood', (given, options) => {
    expect(readOptions(given)).toEqual(options);
  });

  it.each([['--help'], ['show', '--help'], ['-h']])('show the usage with %j', (...given) => {
    expect(readOptions(given)).toBeUndefined();
  });

  it.each([
    [[], 'Expected a command: show, rotate, retire; or list, make, delete for named keys. See --help.'],
    [['delete'], 'Expected a command: show, rotate, retire; or list, make, delete for named keys. See --help.'],
    [['constructor'], 'Expected a command: show, rotate, retire; or list, make, delete for named keys. See --help.'],
    [['show', 'apikey'], '"apikey" is not a key; expected api-key or signing-key.'],
    [['show', 'api-key', 'signing-key'], 'Unexpected argument "signing-key". See --help.'],
    [
      ['rotate', 'api-key', '--signing-key-secret', 'arn:2'],
      '--api-key-secret is missing: it must name the secret with the api-key.',
    ],
    [['rotate', '--all'], "Unknown option '--all'; see --help."],
  ])('%j are refused with %j', (given, message) => {
    expect(() => readOptions(given)).toThrow(message);
  });
});
