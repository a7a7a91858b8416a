/**
 * Two and a half minutes behind nginx, behind Caddy and without a proxy: clients that obey the heartbeat stay connected, and no idle
 * connection loses a call.
 */
import { Agent, type IncomingMessage, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { caddy, nginx, type RunningProxy } from '../proxy/proxies';
import { startTestServer, type TestServer } from '../support/local-server';
import { endPrograms } from '../support/program';
import { TestClient } from '../support/test-client';

const SECONDS = 150;

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

afterAll(endPrograms);

/** Sends only what the heartbeat requires. @returns the number of answers */
async function staysConnected(url: string, ca?: string): Promise<number> {
  const client = await TestClient.open(url, { ca });
  const { data } = await client.nextOf('connection_established');
  const end = Date.now() + SECONDS * 1_000;
  let pongs = 0;
  while (Date.now() < end) {
    await sleep(data.heartbeat_seconds);
    await client.ask({ type: 'ping' });
    pongs += 1;
  }
  expect(client.socket.readyState).toBe(client.socket.OPEN);
  await client.close();
  return pongs;
}

/** Calls in rounds of ten concurrent ones, on kept connections that are idle between the rounds. */
async function callsAfterPauses(url: string, pauseSeconds: number, ca?: string) {
  const isTls = url.startsWith('https:');
  const options = { keepAlive: true, maxSockets: 10 };
  const agent = isTls ? new TlsAgent({ ...options, ca }) : new Agent(options);
  const sockets = new Set<unknown>();
  const statuses: (number | string)[] = [];
  const call = () =>
    new Promise<void>((resolve) => {
      const answered = (response: IncomingMessage) => {
        statuses.push(response.statusCode ?? 0);
        response.resume().once('end', resolve);
      };
      const sent = (isTls ? tlsRequest : request)(`${url}/broadcast`, { method: 'POST', agent }, answered);
      sent.once('socket', (socket) => sockets.add(socket));
      sent.once('error', (error: NodeJS.ErrnoException) => {
        statuses.push(error.code ?? 'error');
        resolve();
      });
      sent.end('{"message_type":"news"}');
    });
  for (let passed = 0; passed <= SECONDS; passed += pauseSeconds) {
    await Promise.all(Array.from({ length: 10 }, call));
    await sleep(pauseSeconds);
  }
  agent.destroy();
  const failed = statuses.filter((status) => status !== 200);
  return { failed, calls: statuses.length, connections: sockets.size };
}

/** All at once, because most of it is waiting. */
let server: TestServer;
let proxies: RunningProxy[] = [];
const results = new Map<string, ReturnType<typeof watch>>();

function watch(proxy: RunningProxy) {
  return Promise.all([
    staysConnected(proxy.webSocketUrl, proxy.ca),
    callsAfterPauses(proxy.url, 6, proxy.ca),
    callsAfterPauses(proxy.url, 50, proxy.ca),
  ]);
}

const kinds = [nginx, caddy].map((kind) => ({ ...kind, here: kind.isHere() }));
let direct: Promise<Awaited<ReturnType<typeof callsAfterPauses>>[]>;

beforeAll(async () => {
  server = await startTestServer({ TRUSTED_PROXIES: 'loopback' });
  direct = Promise.all([6, 74].map((pause) => callsAfterPauses(server.httpUrl, pause)));
  const here = kinds.filter((kind) => kind.here);
  proxies = await Promise.all(here.map((kind) => kind.start(server)));
  for (const [index, proxy] of proxies.entries()) results.set(here[index]?.name ?? '', watch(proxy));
});

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await server.stop();
});

it('without a proxy, calls on connections that were idle for 6 or 74 seconds succeed, on the same connections', async () => {
  for (const { failed, calls, connections } of await direct) {
    expect([failed, connections]).toEqual([[], 10]);
    expect(calls).toBeGreaterThanOrEqual(30);
  }
});

for (const { name, here } of kinds) {
  (here ? it : it.skip)(
    `behind ${name}, a client that obeys the heartbeat stays connected, and no call is lost`,
    async () => {
      const [pongs, ...rounds] = (await results.get(name)) ?? [0];
      expect(pongs).toBeGreaterThanOrEqual(3);
      expect(rounds.map(({ failed }) => failed)).toEqual([[], []]);
    },
  );
}
