/** Two partners of a server in memory, and what only such a server can show. */
import { call } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { partnerGroups, WATCHED_GROUPS } from './suite/partner-groups';
import { partners } from './suite/partners';

let keysFile: KeysFile;
let server: TestServer;

beforeAll(async () => {
  keysFile = createKeysFile();
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: keysFile.path, PRESENCE_GROUPS: WATCHED_GROUPS });
});

afterAll(async () => {
  await server.stop();
  keysFile.remove();
});

const target = () => ({ ...server, apiKey: keysFile.read().api_key.current });

partners(target, true);
partnerGroups(target);

describe('a key with a rate limit', () => {
  const as = (key: string, line: string, body?: object) => {
    const [method = '', path = ''] = line.split(' ');
    return call(method, server.httpUrl + path, body, { authorization: `Bearer ${key}` });
  };
  const makeKey = async (name: string): Promise<string> => {
    const { body } = await as(target().apiKey, 'POST /keys', { name, scopes: ['read'], rate: 1 });
    return body.key;
  };

  it('is refused above it', async () => {
    const slow = await makeKey('slow');
    const answers = await Promise.all(Array.from({ length: 20 }, () => as(slow, 'GET /status')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body.code).toBe('rate_limited');
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('does not fill the audit log with calls that it may not make', async () => {
    const loud = await makeKey('loud');
    const ask = () => as(loud, 'POST /broadcast', { message_type: 'news' });
    const statuses = (await Promise.all(Array.from({ length: 20 }, ask))).map(({ status }) => status);
    const { body } = await as(target().apiKey, 'GET /audit?key=loud');
    const listed = body.calls.map(({ status }: { status: number }) => status);
    expect(listed).toEqual(statuses.filter((status) => status === 403));
    expect(statuses).toContain(429);
  });
});
