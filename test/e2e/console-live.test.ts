/** GET /console/live: its events, who may listen, and that a stop does not wait for listeners. */
import { createParser } from 'eventsource-parser';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { createScriptedResponder } from '../support/scripted-responder';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';

interface Told {
  event: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: as it came
  data: any;
}

/** Yields each event; ends with the stream. */
async function* listen(url: string, key?: string): AsyncGenerator<Told, void> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(url, { headers });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const told: Told[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => told.push({ event, data: JSON.parse(data) }) });
  const decoder = new TextDecoder();
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* told.splice(0);
  }
}

/** The next matching event; those before it are dropped. */
async function until(events: AsyncGenerator<Told, void>, fits: (told: Told) => boolean): Promise<Told> {
  for (;;) {
    const { value } = await events.next();
    if (!value) throw new Error('the stream has ended');
    if (fits(value)) return value;
  }
}

describe.each([
  ['in memory', false],
  ['--wire', true],
])('the stream for the console, %s', (_, wire) => {
  const responder = createScriptedResponder();
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({}, { wire, app: { ...testApp, responder } });
  });
  afterAll(() => server.stop());

  it('reports that a client connected, that it sent a message, and the progress of its reply', async () => {
    const everybody = listen(`${server.httpUrl}/console/live`);
    await until(everybody, ({ event }) => event === 'hour');
    const client = await TestClient.connect(server.webSocketUrl);
    await until(everybody, ({ event }) => event === 'list');
    await everybody.return();

    const events = listen(`${server.httpUrl}/console/live?client_id=${client.clientId}`);
    expect((await until(events, ({ event }) => event === 'replies')).data).toEqual({
      client_id: client.clientId,
      replies: [],
    });
    client.send({ type: 'chat_message', data: { content: 'How long?' }, message_id: 'q' });
    const answer = await responder.next();
    answer.say('One ');
    answer.say('hour');
    const { data } = await until(events, (told) => told.data.replies?.[0]?.content === 'One hour');
    expect(data.replies).toEqual([{ id: 1, since: expect.any(String), question: 'How long?', content: 'One hour' }]);
    answer.end();
    await until(events, (told) => told.data.replies?.length === 0);
    await client.nextOf('chat_response');
    await client.ask({ type: 'ping' });
    await until(events, ({ event }) => event === 'client');
    await events.return();
    await client.close();
  });
});

it('sends the server’s counts, including errors by kind, and only what is newer than what the listener has', async () => {
  const server = await startTestServer();
  const client = await TestClient.connect(server.webSocketUrl);
  await client.ask({ type: 'surprise-of-a-client' });
  const events = listen(`${server.httpUrl}/console/live`);
  const { data } = await until(events, (told) =>
    told.data.samples?.some(({ errors }: Told['data']) => errors.unsupported_type),
  );
  const sample = data.samples.find(({ errors }: Told['data']) => errors.unsupported_type);
  expect(sample).toMatchObject({ clients: 1, errors: { unsupported_type: 1 } });
  expect(JSON.stringify(data)).not.toContain('surprise');
  const later = listen(`${server.httpUrl}/console/live?after=${data.samples.at(-1).at}`);
  expect((await until(later, ({ event }) => event === 'hour')).data.samples).toEqual([]);
  await client.close();
  await server.stop();
  expect((await events.next()).done && (await later.next()).done).toBe(true);
});

it('is only for keys that may read all clients', async () => {
  const keys = createKeysFile();
  const server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
  const url = `${server.httpUrl}/console/live`;
  const first = keys.read().api_key.current;
  const make = async (name: string, body: object) =>
    (await call('POST', `${server.httpUrl}/keys`, { name, ...body }, { authorization: `Bearer ${first}` })).body.key;
  const bound = await make('partner', { scopes: ['read'], labels: ['acme'] });
  const pushes = await make('pushes', { scopes: ['push'] });
  const statusWith = async (key?: string) =>
    (await call('GET', url, undefined, key === undefined ? {} : { authorization: `Bearer ${key}` })).status;
  expect([await statusWith(), await statusWith('x'), await statusWith(bound), await statusWith(pushes)]).toEqual([
    401, 403, 403, 403,
  ]);
  const events = listen(url, first);
  expect((await events.next()).value).toMatchObject({ event: 'hour' });
  await events.return();
  await server.stop();
  keys.remove();
});
