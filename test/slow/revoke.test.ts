/**
 * Some of many clients are revoked, by name or by label: they are closed and stay out after a restart, and the others notice nothing. The
 * test prints how long it takes.
 */
import { eventually } from '../e2e/suite/eventually';
import { type ChildServer, startChildServer } from '../support/child-server';
import { newFolder, removeFolders } from '../support/data-folder';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { handshake } from '../support/handshake';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { TestClient } from '../support/test-client';

/** Number of concurrent handshakes. */
const AT_ONCE = 50;

/** One client in this many has the revoked label. */
const LABELLED = 20;

const keysFile = createKeysFile();
let dynamo: RunningDynamo;
let server: ChildServer;

beforeEach(async () => {
  dynamo = await startDynalite(); // in this process, so that it survives the server
});

afterEach(() => dynamo.stop());

afterAll(() => {
  keysFile.remove();
  removeFolders();
});

async function stop(): Promise<void> {
  server.process.kill('SIGKILL');
  await server.exit;
}

function ask(method: string, path: string, body?: object) {
  const authorization = `Bearer ${keysFile.read().api_key.current}`;
  return call(method, server.httpUrl + path, body, { authorization });
}

/** @param names  of clients; the label is not their first one */
async function connectAll(names: readonly string[], isLabelled: (name: string) => boolean) {
  const tokens = new Map<string, string>();
  const clients: TestClient[] = [];
  for (let first = 0; first < names.length; first += AT_ONCE) {
    const opened = names.slice(first, first + AT_ONCE).map(async (client_id) => {
      const labels = ['device', ...(isLabelled(client_id) ? ['batch-7'] : [])];
      const { body } = await ask('POST', '/tokens', { client_id, labels });
      tokens.set(client_id, body.token);
      return TestClient.connect(`${server.webSocketUrl}/?token=${body.token}`);
    });
    clients.push(...(await Promise.all(opened)));
  }
  return { clients, handshakeUrl: (name: string) => `${server.webSocketUrl}/?token=${tokens.get(name)}` };
}

describe.each([
  ['one machine', 1_000, [], () => ({})],
  ['--wire', 200, ['--wire'], () => ({ DYNAMODB_ENDPOINT: dynamo.url })],
] as const)('on %s', (host, count, options, environmentOf) => {
  let folder: string;

  function start(): Promise<ChildServer> {
    const own = { AUTH: 'token', KEYS_FILE: keysFile.path, DATA_DIR: folder, LOG_LEVEL: 'error' };
    return startChildServer({ environment: { ...own, ...environmentOf() }, options });
  }

  beforeEach(async () => {
    folder = newFolder();
    server = await start();
  });

  afterEach(() => stop());

  test.each([
    ['client_id', 'one', (number: number) => number === count / 2],
    ['label', 'each with the label', (number: number) => number % LABELLED === 0],
  ] as const)(
    `of ${count} clients, only those revoked by %s (%s) are closed, and they stay out after a restart`,
    async (kind, _, isRevoked) => {
      const nameOf = (number: number) => `${kind}-${number}`;
      const numbers = Array.from({ length: count }, (_unused, number) => number);
      const wanted = new Set(numbers.filter(isRevoked).map(nameOf));
      const { clients, handshakeUrl } = await connectAll(numbers.map(nameOf), (name) => wanted.has(name));
      const revoked = clients.filter(({ clientId }) => wanted.has(clientId));
      const others = clients.filter(({ clientId }) => !wanted.has(clientId));

      const begun = performance.now();
      const body = kind === 'label' ? { label: 'batch-7' } : { client_id: [...wanted][0] };
      expect((await ask('POST', '/revocations', body)).status).toBe(202);
      for (const client of revoked) {
        const { data } = await client.nextOf('connection_closing');
        expect(data).toMatchObject({ reason: 'revoked', reconnect: false });
        await client.closed;
      }
      const milliseconds = (performance.now() - begun).toFixed(0);
      process.stdout.write(
        `On ${host}, ${revoked.length} of ${count} clients were closed within ${milliseconds} ms.\n`,
      );

      const answers = await Promise.all(others.map((client) => client.ask({ type: 'ping' })));
      expect(answers.filter(({ type }) => type === 'pong')).toHaveLength(count - wanted.size);
      await eventually(async () => {
        expect((await ask('GET', '/status')).body.connected_clients).toBe(count - wanted.size);
      });

      await stop();
      server = await start();
      for (const name of wanted) expect((await handshake(handshakeUrl(name))).status).toBe(403);
      const some = others.slice(0, AT_ONCE).map(({ clientId }) => clientId);
      const back = await Promise.all(some.map((name) => TestClient.connect(handshakeUrl(name))));
      expect(back.map(({ clientId }) => clientId)).toEqual(some);
      await Promise.all(back.map((client) => client.close()));
    },
  );
});
