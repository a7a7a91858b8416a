import { type ChildServer, startChildServer } from '../support/child-server';
import { createKeysFile } from '../support/keys-file';
import { conformanceSuite } from './suite/conformance';
import { PRESENCE_GROUPS } from './suite/presence';
import type { Target } from './suite/target';

/**
 * Declares the conformance suite for `npm start`, which keeps everything in memory.
 * @param auth  the setting AUTH
 */
export function memoryServer(auth: 'none' | 'token'): void {
  const keys = createKeysFile();
  let server: ChildServer | undefined;
  let target: Target | undefined;

  beforeAll(async () => {
    server = await startChildServer({
      environment: { LOG_LEVEL: 'error', AUTH: auth, KEYS_FILE: keys.path, PRESENCE_GROUPS },
    });
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
}
