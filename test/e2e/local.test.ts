import { type ChildServer, startChildServer } from '../support/child-server';
import { createKeysFile } from '../support/keys-file';
import { conformanceSuite } from './suite/conformance';
import type { Target } from './suite/target';

/** Each way to start the server on one machine, by the options of the program and the setting AUTH. */
const HOSTS: [name: string, options: readonly string[], auth: 'none' | 'token'][] = [
  ['in memory', [], 'none'],
  ['--wire', ['--wire'], 'none'],
  ['AUTH=token', [], 'token'],
];

describe.each(HOSTS)('the local server, %s', (_, options, auth) => {
  const keys = createKeysFile();
  let server: ChildServer | undefined;
  let target: Target | undefined;

  beforeAll(async () => {
    server = await startChildServer({ options, environment: { LOG_LEVEL: 'error', AUTH: auth, KEYS_FILE: keys.path } });
    target = auth === 'token' ? { ...server, apiKey: keys.read().api_key.current } : server;
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    expect(await server?.exit).toMatchObject({ code: 0 });
    keys.remove();
  });

  conformanceSuite(
    () => {
      if (!target) throw new Error('the server has not started');
      return target;
    },
    { access: auth === 'token' ? 'token' : 'open' },
  );
});
