/** docs/protocol.md on failures: each error code, close code and handshake status of its tables, provoked. */
import { ProtocolError } from '../../lambdas/protocol/errors';
import { MAX_MESSAGE_BYTES } from '../../lambdas/protocol/limits';
import { startChildServer } from '../support/child-server';
import { deferred } from '../support/deferred';
import { handshake } from '../support/handshake';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import {
  CLIENT_PLATFORM_LIMITS,
  codeInFirstColumn,
  numbersInFirstColumn,
  pageBlocks,
  pageTable,
} from '../support/protocol-page';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';

/** A chat message of this many bytes. */
function messageOf(bytes: number): string {
  const [head, tail] = ['{"type":"chat_message","data":{"content":"', '"}}'];
  return head + 'x'.repeat(bytes - head.length - tail.length) + tail;
}

describe('each error code', () => {
  /** What a client sends to get it, and how the responder fails. */
  const CAUSES: Record<string, { text: string; failure?: Error }> = {
    invalid_json: { text: '{' },
    invalid_message: { text: '{"type": "chat_message"}' },
    unsupported_type: { text: '{"type": "no_such_type"}' },
    payload_too_large: { text: messageOf(MAX_MESSAGE_BYTES) },
    rate_limited: { text: messageOf(100), failure: new ProtocolError('rate_limited', 'Too many messages.') },
    in_progress: { text: messageOf(100), failure: new ProtocolError('in_progress', 'It is being handled.') },
    timed_out: { text: messageOf(100), failure: new ProtocolError('timed_out', 'No answer in time.') },
    internal_error: { text: messageOf(100), failure: new Error('of no concern to clients') },
  };

  const rows = codeInFirstColumn(pageTable('Code', 'Meaning'));

  it('of the page is provoked here', () => {
    expect(Object.keys(CAUSES)).toEqual(rows);
  });

  it.each(Object.entries(CAUSES))('%s leaves the connection open', async (code, { text, failure }) => {
    const respond = async ({ content }: { content: string }) => {
      if (failure) throw failure;
      return content;
    };
    const server = await startTestServer(
      {},
      { app: { ...testApp, responder: { model: 'echo', inline: true, respond } } },
    );
    const client = await TestClient.connect(server.webSocketUrl);
    client.sendText(text);
    expect(await client.nextOf('error')).toMatchObject({ data: { code } });
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    await client.close();
    await server.stop();
  });
});

describe('each close code', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await startTestServer({ MAX_FRAME_BYTES: String(CLIENT_PLATFORM_LIMITS.frameBytes) });
  });

  afterEach(() => server.stop());

  /** What makes the server close a connection with the code. */
  const CAUSES: Record<string, (client: TestClient) => unknown> = {
    1000: ({ clientId }) => call('DELETE', `${server.httpUrl}/clients/${clientId}`),
    1001: () => server.stop(),
    1002: ({ socket }) => sendBytes(socket, [0x83, 0x80, 0, 0, 0, 0]), // opcode 3 is undefined
    1003: ({ socket }) => socket.send(Buffer.from('{}'), { binary: true }),
    1007: ({ socket }) => socket.send(Buffer.from([0xff]), { binary: false }),
    1008: ({ socket }) => {
      for (let frames = 0; frames < 4_096; frames += 1) socket.send('x', { fin: false });
      socket.send('x', { fin: true });
    },
    1009: (client) => client.sendText(messageOf(MAX_MESSAGE_BYTES + 1)),
  };

  /** API Gateway may leave out the 1000; the local gateway does not. 1006 has its own test. */
  const NOT_SENT_HERE = [1005, 1006];

  it('of the page is provoked here', () => {
    const rows = numbersInFirstColumn(pageTable('Close code'));
    expect([...Object.keys(CAUSES).map(Number), ...NOT_SENT_HERE].sort()).toEqual(rows.sort());
  });

  it.each(Object.entries(CAUSES))('%s', async (code, provoke) => {
    const client = await TestClient.connect(server.webSocketUrl);
    client.socket.on('error', () => {}); // the rest of a message that is too large has nowhere to go
    await provoke(client);
    expect((await client.closed).code).toBe(Number(code));
  });

  it('1009 is also for a single frame that is too large', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    client.socket.send(messageOf(CLIENT_PLATFORM_LIMITS.frameBytes + 1));
    expect((await client.closed).code).toBe(1009);
  });

  it('1006 is what a client sees if the server is killed', async () => {
    const { process: child, exit, webSocketUrl } = await startChildServer();
    const client = await TestClient.connect(webSocketUrl);
    child.kill('SIGKILL');
    expect((await client.closed).code).toBe(1006);
    await exit;
  });
});

describe('each handshake status', () => {
  const rows = numbersInFirstColumn(pageTable('Status'));
  const withoutAuthorizer: Record<string, () => Promise<number>> = {
    400: () => statusOf({}, { 'Sec-WebSocket-Key': 'too short' }),
    426: async () => {
      expect(await statusOf({}, { 'Sec-WebSocket-Version': '12' })).toBe(426);
      return (await fetch((gateway as TestGateway).url.replace('ws:', 'http:'))).status;
    },
    429: async () => {
      const { url } = await start({ gateway: { throttling: { connects: 1 } } });
      await handshake(url);
      return (await handshake(url)).status;
    },
    500: () => {
      const handler = () => Promise.reject(new Error('the keys cannot be read'));
      return statusOf({ authorizer: { handler, identitySources: [] } });
    },
    502: () => statusOf({ connect: () => Promise.reject(new Error('the table cannot be written')) }),
    503: async () => {
      const { answered, asked, answer } = await startPending();
      await asked;
      const stopped = gateway?.stop();
      answer.resolve({ statusCode: 200 });
      await stopped;
      return answered;
    },
    504: async () => {
      const { answered, asked, answer } = await startPending();
      await asked;
      gateway?.clock.advance(CLIENT_PLATFORM_LIMITS.answerSeconds * 1_000);
      answer.resolve({ statusCode: 200 });
      return answered;
    },
  };

  let gateway: TestGateway | undefined;

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  async function start(options: Parameters<typeof startTestGateway>[0]): Promise<TestGateway> {
    gateway = await startTestGateway(options);
    return gateway;
  }

  async function statusOf(options: Parameters<typeof startTestGateway>[0], headers = {}): Promise<number> {
    return (await handshake((await start(options)).url, headers)).status;
  }

  /** A handshake whose $connect waits for the test. */
  async function startPending() {
    const asked = deferred();
    const answer = deferred<{ statusCode: number }>();
    const connect = () => {
      asked.resolve();
      return answer.promise;
    };
    const { url } = await start({ connect });
    return { answered: handshake(url).then(({ status }) => status), asked: asked.promise, answer };
  }

  it('of the page is provoked here', () => {
    expect([...Object.keys(withoutAuthorizer).map(Number), 401, 403].sort()).toEqual(rows.sort());
  });

  it.each(Object.entries(withoutAuthorizer))('%s', async (status, provoke) => {
    expect(await provoke()).toBe(Number(status));
  });

  describe('with access control', () => {
    const keys = createKeysFile();
    let server: TestServer;

    beforeAll(async () => {
      server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
    });

    afterAll(async () => {
      await server.stop();
      keys.remove();
    });

    async function newToken(clientId?: string) {
      const headers = { authorization: `Bearer ${keys.read().api_key.current}` };
      return (await call('POST', `${server.httpUrl}/tokens`, clientId ? { client_id: clientId } : {}, headers)).body;
    }

    it('is 401 or 403 without a good token, and 101 with one in either place', async () => {
      const { token, client_id: clientId } = await newToken();
      const statusWith = async (query: string, protocols?: string) => {
        const headers = protocols === undefined ? {} : { 'Sec-WebSocket-Protocol': protocols };
        return (await handshake(`${server.webSocketUrl}/${query}`, headers)).status;
      };
      expect(await statusWith('')).toBe(401);
      expect(await statusWith('?token=wrong')).toBe(403);
      expect(await statusWith(`?token=${token}`, 'switchboard, wrong')).toBe(403);
      for (const [query, protocols] of [[`?token=${token}`], ['', ['switchboard', token]]] as const) {
        const client = await TestClient.connect(`${server.webSocketUrl}/${query}`, {
          protocols: [...(protocols ?? [])],
        });
        expect([client.clientId, client.socket.protocol]).toEqual([clientId, protocols ? 'switchboard' : '']);
        await client.close();
      }
    });

    it('is 101 for a newer connection of the same client, which closes the older one with 1000', async () => {
      const { websocket_url: url } = await newToken();
      const older = await TestClient.connect(url);
      const newer = await TestClient.connect(url);
      expect((await older.nextOf('connection_closing')).data).toEqual({ reason: 'replaced', reconnect: false });
      expect((await older.closed).code).toBe(1000);
      expect(await newer.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
      await newer.close();
    });
  });
});

it('the example of a frame without a type is accurate', async () => {
  const gateway = await startTestGateway({ message: () => Promise.reject(new Error('the function crashed')) });
  const client = await TestClient.open(gateway.url);
  client.send({ type: 'chat_message', data: { content: 'Hello' } });
  const shown = JSON.parse(pageBlocks('json')[0]?.code ?? '');
  const ids = { connectionId: expect.any(String), requestId: expect.any(String) };
  expect(await client.next()).toEqual({ ...shown, ...ids });
  expect(shown).toEqual({ message: expect.any(String), ...ids });
  await client.close();
  await gateway.stop();
});

it('403 is also for pages of another origin, on the server’s own machine', async () => {
  const server = await startTestServer();
  const statusOf = async (origin: string) => (await handshake(server.webSocketUrl, { Origin: origin })).status;
  expect(await statusOf('https://stranger.example')).toBe(403);
  expect(await statusOf('http://localhost:3000')).toBe(101);
  await server.stop();
});

/** Bypasses the library, which would not send what breaks the rules. */
function sendBytes(socket: TestClient['socket'], bytes: number[]): void {
  (socket as unknown as { _socket: NodeJS.WritableStream })._socket.write(Buffer.from(bytes));
}
