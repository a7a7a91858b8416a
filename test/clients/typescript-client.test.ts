/** What the vectors do not cover of the TypeScript client: its storage, its listeners, and its options. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClientOptions,
  type ClientStorage,
  createClient,
  type SwitchboardClient,
} from '../../clients/typescript/src';
import { fileStorage } from '../../clients/typescript/src/file-storage';
import { settle, VectorClock, VectorSocket } from '../support/vector-player';

type Json = Record<string, unknown>;

let sockets: VectorSocket[];
let clock: VectorClock;

beforeEach(() => {
  sockets = [];
  clock = new VectorClock();
});

class Socket extends VectorSocket {
  constructor(url: string, protocols?: string[]) {
    super(url, protocols);
    sockets.push(this);
  }
}

const clientOf = (options: Partial<ClientOptions> = {}) =>
  createClient({ url: 'wss://example.com/live', webSocket: Socket, clock, random: () => 0, ...options });

async function say(frame: Json): Promise<void> {
  sockets.at(-1)?.tell('onmessage', { data: JSON.stringify(frame) });
  await settle();
}

const greet = (data: Json = {}) =>
  say({ type: 'connection_established', data: { client_id: 'c', heartbeat_seconds: 45, epoch: 'e', seq: 0, ...data } });

async function connected(client: SwitchboardClient, data?: Json): Promise<void> {
  client.connect().catch(() => {});
  await settle();
  await greet(data);
}

const push = (seq: number) => ({ type: 'chat_message', data: {}, message_id: `p${seq}`, epoch: 'e', seq });

const sent = () => sockets.at(-1)?.sent ?? [];

/** Keeps the text in memory. */
function createStorage(text?: string) {
  const storage = {
    text,
    load: () => storage.text,
    save(next: string) {
      storage.text = next;
    },
  };
  return storage;
}

describe('a storage', () => {
  it('lets the next program continue: position, resume token, and messages with their numbers', async () => {
    const storage = createStorage();
    const first = clientOf({ storage });
    await connected(first, { resume_token: 'r' });
    await say(push(1));
    first.chat('unanswered').catch(() => {});
    await settle();
    const [original] = sent();
    sockets.at(-1)?.tell('onclose', { code: 1006 });
    first.chat('not sent').catch(() => {});
    await settle();

    const second = clientOf({ storage: createStorage(storage.text) });
    const answers: unknown[] = [];
    second.on('chat_response', ({ replyTo }) => answers.push(replyTo));
    await connected(second, { seq: 1 });
    expect(sockets.at(-1)?.url).toBe('wss://example.com/live?resume=r');
    const [again] = sent();
    expect(sent()).toEqual([{ ...original, ack: 1 }]); // the new program's own messages wait until these are answered
    await say({ ...push(2), type: 'chat_response', reply_to: again?.message_id });
    expect(answers).toEqual([again?.message_id]);
    const later = sent().at(-1);
    expect(later).toMatchObject({ data: { content: 'not sent' }, sender_seq: 1 });
    expect(later?.sender).not.toBe(original?.sender);
  });

  it('has a message before it is sent', async () => {
    const saves: (() => void)[] = [];
    let text: string | undefined;
    const storage: ClientStorage = {
      load: () => undefined,
      save: (next) =>
        new Promise<void>((resolve) =>
          saves.push(() => {
            text = next;
            resolve();
          }),
        ),
    };
    const client = clientOf({ storage });
    await connected(client);
    client.chat('Hello').catch(() => {});
    await settle();
    expect(sent()).toEqual([]);
    while (sent().length === 0) {
      saves.shift()?.();
      await settle();
    }
    expect(JSON.parse(text as string).outbox).toMatchObject([{ data: { content: 'Hello' }, senderSeq: 1 }]);
  });

  it('keeps the outbox over close; without a storage the outbox is gone', async () => {
    const storage = createStorage();
    for (const [options, kept] of [
      [{ storage }, 1],
      [{}, 0],
    ] as const) {
      const client = clientOf(options);
      await connected(client);
      const answer = expect(client.chat('Hello')).rejects.toMatchObject({ code: 'closed' });
      await settle();
      await client.close();
      await answer;
      await connected(client);
      expect(sent()).toHaveLength(kept);
      await client.close();
    }
    expect(JSON.parse(storage.text as string).outbox).toHaveLength(1);
  });

  it('a message of an earlier epoch is not sent again', async () => {
    const storage = createStorage();
    const first = clientOf({ storage });
    await connected(first);
    first.chat('Hello').catch(() => {});
    await settle();
    const second = clientOf({ storage: createStorage(storage.text) });
    await connected(second, { epoch: 'other' });
    const [resume] = sent();
    await say({ type: 'resumed', data: { recovered: false, epoch: 'other', seq: 0 }, reply_to: resume?.message_id });
    expect(second.state).toBe('connected');
    expect(sent()).toHaveLength(1);
  });

  it.each([
    ['text that is not JSON', '{'],
    ['another version', '{"version":9}'],
    ['nothing in it', '{"version":1}'],
    ['wrong types', '{"version":1,"position":{"epoch":1,"seq":"x"},"outbox":{}}'],
  ])('with %s is a fresh start', async (_, text) => {
    const client = clientOf({ storage: createStorage(text) });
    client.onError(() => {});
    await connected(client, { seq: 7 });
    expect(client.position).toEqual({ epoch: 'e', seq: 7, broadcast: undefined });
  });

  it('that fails is reported, and the client continues', async () => {
    const errors: unknown[] = [];
    const fail = async () => {
      throw new Error('disk full');
    };
    const client = clientOf({ storage: { load: fail, save: fail } });
    client.onError((error) => errors.push((error as Error).message));
    await connected(client);
    client.chat('Hello').catch(() => {});
    await settle();
    expect(sent()).toMatchObject([{ type: 'chat_message' }]);
    expect(new Set(errors)).toEqual(new Set(['disk full']));
  });
});

describe('listeners', () => {
  it('are all called even if one fails, which is reported', async () => {
    const client = clientOf();
    const errors: unknown[] = [];
    const shown: unknown[] = [];
    client.onError((error) => errors.push((error as Error).message));
    client.on('chat_message', () => {
      throw new Error('mine');
    });
    client.on('chat_message', ({ seq }) => shown.push(seq));
    await connected(client);
    await say(push(1));
    await say(push(2));
    expect(errors).toEqual(['mine', 'mine']);
    expect(shown).toEqual([1, 2]);
    expect(client.position?.seq).toBe(2);
  });

  it('are not called after one has closed the client', async () => {
    const client = clientOf();
    const shown: unknown[] = [];
    client.on('chat_message', ({ seq }) => {
      shown.push(seq);
      client.close();
    });
    await connected(client);
    await say(push(2));
    await say(push(1));
    expect(shown).toEqual([1]);
    expect(client.position?.seq).toBe(1);
  });

  it('are not called after they were removed', async () => {
    const client = clientOf();
    const shown: unknown[] = [];
    const off = client.on('*', ({ seq }) => shown.push(seq));
    await connected(client);
    await say(push(1));
    off();
    await say(push(2));
    expect(shown).toEqual([1]);
  });

  it('report an unhandled failure on the console', async () => {
    const toConsole = jest.spyOn(console, 'error').mockImplementation(() => {});
    const client = clientOf({ token: () => Promise.reject(new Error('no token')) });
    client.connect().catch(() => {});
    await settle();
    expect(toConsole).toHaveBeenCalledWith(new Error('no token'));
    toConsole.mockRestore();
    await client.close();
  });
});

describe('connect', () => {
  it('waits for the client’s next attempt if one is scheduled', async () => {
    const client = clientOf({ random: () => 0.5 });
    await connected(client);
    sockets[0]?.tell('onclose', { code: 1006 });
    const again = client.connect();
    expect([client.state, sockets.length]).toEqual(['waiting', 1]);
    await clock.advance(250);
    await greet();
    await again;
    expect(sockets).toHaveLength(2);
  });

  it('and close in quick succession before the storage answers each reject, and keep what is stored', async () => {
    const loads: ((text: string) => void)[] = [];
    const saves: string[] = [];
    const storage = {
      load: () => new Promise<string>((resolve) => loads.push(resolve)),
      save: (text: string) => void saves.push(text),
    };
    const client = clientOf({ storage });
    for (let time = 0; time < 2; time++) {
      const connecting = expect(client.connect()).rejects.toMatchObject({ code: 'client' });
      await client.close();
      await connecting;
    }
    expect(saves).toEqual([]);
    const connecting = client.connect();
    expect(loads).toHaveLength(1);
    loads[0]?.('{"version":1,"position":{"epoch":"e","seq":3},"outbox":[]}');
    await settle();
    await greet({ seq: 3 });
    await connecting;
    expect(sockets).toHaveLength(1);
  });

  it('resolves once the client is connected, and at once if it is', async () => {
    const client = clientOf();
    const connecting = client.connect();
    await settle();
    await greet();
    await connecting;
    await client.connect();
    expect(sockets).toHaveLength(1);
  });

  it('rejects with the reason if the client is closed before', async () => {
    const client = clientOf();
    const connecting = expect(client.connect()).rejects.toMatchObject({ name: 'SwitchboardError', code: 'client' });
    await client.close();
    await connecting;
  });

  it('uses the latest token, even if an earlier one arrives late', async () => {
    const tokens: ((token: string) => void)[] = [];
    const client = clientOf({ token: () => new Promise((resolve) => tokens.push(resolve)) });
    client.connect().catch(() => {});
    await client.close();
    client.connect().catch(() => {});
    tokens[1]?.('second');
    tokens[0]?.('first');
    await settle();
    expect(sockets.map(({ protocols }) => protocols)).toEqual([['switchboard', 'second']]);
  });

  it('keeps the query of the URL', () => {
    clientOf({ url: 'wss://example.com/live?tenant=a%20b' })
      .connect()
      .catch(() => {});
    expect(sockets[0]?.url).toBe('wss://example.com/live?tenant=a%20b');
  });

  it('refuses an invalid URL when the client is created', () => {
    expect(() => clientOf({ url: 'nonsense' })).toThrow('Invalid URL');
  });

  it('explains what to pass on a platform without WebSocket', () => {
    const { WebSocket: ofPlatform } = globalThis as { WebSocket?: unknown };
    if (ofPlatform) return; // Node.js 22 has one
    expect(() => clientOf({ webSocket: undefined })).toThrow('pass one as `webSocket`');
  });
});

describe('messages', () => {
  it('are not sent if their signal has been aborted', async () => {
    const client = clientOf();
    await connected(client);
    await expect(client.chat('Hello', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(sent()).toEqual([]);
  });

  it('keep numbers with the user’s own JSON that a double cannot hold', async () => {
    const json = {
      parse: (text: string) => JSON.parse(text.replace(/:(\d{17,})/g, ':"$1n"')),
      stringify: (value: unknown) => JSON.stringify(value).replace(/"(\d{17,})n"/g, '$1'),
    };
    const texts: string[] = [];
    class Raw extends Socket {
      override send(text: string): void {
        texts.push(text);
        super.send(text);
      }
    }
    const client = clientOf({ json, webSocket: Raw });
    const answers: unknown[] = [];
    client.on('chat_message', ({ data }) => answers.push(data.id));
    await connected(client);
    client.callTool('pay', { cents: '12345678901234567890n' }).catch(() => {});
    sockets[0]?.tell('onmessage', { data: '{"type":"chat_message","data":{"id":98765432109876543210}}' });
    expect(texts[0]).toContain('"cents":12345678901234567890}');
    expect(answers).toEqual(['98765432109876543210n']);
  });

  it('that JSON cannot write are rejected, and take no number', async () => {
    const client = clientOf();
    await connected(client);
    await expect(client.callTool('pay', { cents: 1n })).rejects.toThrow(TypeError);
    client.chat('Hello').catch(() => {});
    expect(sent()).toMatchObject([{ sender_seq: 1 }]);
  });

  it('that turn out too large after sending do not give their number to another message', async () => {
    const client = clientOf();
    await connected(client, { max_message_bytes: 190 });
    client.chat('a'.repeat(20)).catch(() => {});
    await settle();
    expect(sent()).toHaveLength(1);
    sockets[0]?.tell('onclose', { code: 1006 });
    await clock.advance(0);
    await greet({ max_message_bytes: 20 });
    sockets.at(-1)?.tell('onclose', { code: 1006 });
    await clock.advance(0);
    await greet();
    client.chat('b').catch(() => {});
    expect(sent()).toMatchObject([{ data: { content: 'b' }, sender_seq: 2 }]);
  });
});

it.each([
  [60_000, 'checks its connection', ['ping']],
  [0, 'does nothing', []],
])('after a sleep of %i ms the client %s', async (slept, _, expected) => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  try {
    const client = clientOf();
    await connected(client);
    jest.setSystemTime(Date.now() + slept); // the monotonic clock stood still
    jest.advanceTimersByTime(5_000);
    expect(sent().map(({ type }) => type)).toEqual(expected);
    jest.advanceTimersByTime(5_000);
    expect(sent().map(({ type }) => type)).toEqual(expected);
    await client.close();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

it('the client explains in a sentence why it is closed', async () => {
  const client = clientOf();
  const messages: (string | undefined)[] = [];
  client.onState(({ state, message }) => state === 'closed' && messages.push(message));
  await connected(client);
  await say({ type: 'connection_closing', data: { reason: 'replaced', reconnect: false } });
  const failed = client.connect().catch(({ code, message }) => ({ code, message }));
  await settle();
  await say({ type: 'connection_closing', data: { reason: 'constructor', reconnect: false } });
  const last = 'The server closed the connection: constructor.';
  expect(messages).toEqual([expect.stringContaining('Give each program its own client_id.'), last]);
  expect(await failed).toEqual({ code: 'constructor', message: last });
});

describe('a storage in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-storage-'));
  const path = join(folder, 'state.json');

  afterAll(() => rmSync(folder, { recursive: true }));

  it('is empty at first, then has what was saved last, readable only by its owner', async () => {
    const storage = fileStorage(path);
    expect(await storage.load()).toBeUndefined();
    await storage.save('one');
    await storage.save('two');
    expect(await fileStorage(path).load()).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['state.json']);
  });

  it('fails if it cannot read or write', async () => {
    await expect(fileStorage(folder).load()).rejects.toThrow('EISDIR');
    await expect(fileStorage(join(folder, 'missing/state.json')).save('x')).rejects.toThrow('ENOENT');
  });
});

it('a browser that is online again ends the wait', async () => {
  const client = clientOf();
  const listeners = new Map<string, () => void>();
  const browser = globalThis as { addEventListener?: unknown; removeEventListener?: unknown };
  const before = { ...browser };
  browser.addEventListener = (type: string, listener: () => void) => listeners.set(type, listener);
  browser.removeEventListener = (type: string) => listeners.delete(type);
  await connected(client);
  sockets[0]?.tell('onclose', { code: 1006 });
  listeners.get('online')?.();
  expect([client.state, sockets.length]).toEqual(['connecting', 2]);
  await client.close();
  expect(listeners.size).toBe(0);
  Object.assign(browser, {
    addEventListener: before.addEventListener,
    removeEventListener: before.removeEventListener,
  });
});
