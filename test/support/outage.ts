/**
 * A server whose store has an outage while clients chat, receive pushes, connect and leave. Afterwards everything that was answered is
 * looked up in the store, and the recovery time is measured.
 */
import { setTimeout } from 'node:timers/promises';
import type { ChildServer } from './child-server';
import { deferred } from './deferred';
import type { FlakyStore, Mood } from './flaky-store';
import { call, type HttpResponse } from './http';
import { createRandom } from './random';
import { TestClient } from './test-client';

/** A server whose stores are behind the flaky one. */
export interface OutageTarget {
  server: ChildServer;
  store: FlakyStore;
  /** All log lines of the server so far. */
  said(): string;
  /** With AUTH=token. */
  apiKey?: string;
}

export interface OutageOptions {
  mood: Mood;
  /** Of the outage. */
  seconds: number;
  /** Clients that stay all the time. */
  clients: number;
  seed: number;
}

export interface OutageResult {
  /** What was answered with success, during the outage and in total. */
  chats: Share;
  pushes: Share;
  connects: Share;
  /** Answered chats that, according to the log, are missing from the history. */
  saidUnstored: number;
  /** Milliseconds from the end of the outage until a client that started to connect then had the answer to its first chat. */
  newcomerServed: number;
  /** The same until a push was answered with success. */
  pushServed: number;
  /** How many of these attempts to connect and to push were refused or not answered, before one succeeded. */
  failedAttempts: { newcomer: number; push: number };
  /** The same until the last session of those who had left was gone. */
  sessionsClean: number;
  /** Violations; empty if all is well. */
  problems: string[];
}

export interface Share {
  answered: number;
  asked: number;
}

/** Milliseconds between two chats of a client, between two pushes, and between two clients that connect and leave. */
const PACE = { chat: 1_000, push: 300, guest: 1_000 };

/** Milliseconds after which no answer is expected any more: the platform's own limit is 29 seconds. */
const PATIENCE = 40_000;

/** Milliseconds of normal work before and after the outage. */
const AROUND = 1_500;

interface Push {
  clientId: string;
  content: string;
  status: number;
}

export async function goThroughOutage(target: OutageTarget, options: OutageOptions): Promise<OutageResult> {
  const { server, store, apiKey } = target;
  const random = createRandom(options.seed);
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const api = (method: string, path: string, body?: object): Promise<HttpResponse> =>
    call(method, server.httpUrl + path, body, headers);
  const problems: string[] = [];
  const chats: Share = { answered: 0, asked: 0 };
  const connects: Share = { answered: 0, asked: 0 };
  const answeredChats: { clientId: string; content: string }[] = [];
  const pushes: Push[] = [];
  const running: Promise<unknown>[] = [];
  let isOver = false;
  let made = 0;

  /** URLs to connect to: with AUTH=token, tokens are made in advance. */
  async function address(): Promise<string> {
    if (apiKey === undefined) return server.webSocketUrl;
    const { body } = await api('POST', '/tokens', {});
    return `${server.webSocketUrl}?token=${body.token}`;
  }

  class Resident {
    readonly received: string[] = [];
    readonly #waiting = new Map<string, (type: string) => void>();

    constructor(readonly client: TestClient) {
      void this.#read();
    }

    async #read(): Promise<void> {
      for (;;) {
        const frame = await this.client.next().catch(() => undefined);
        if (!frame) return;
        if (frame.type === undefined) problems.push(`the platform answered ${JSON.stringify(frame).slice(0, 60)}`);
        if (frame.type === 'chat_message') this.received.push(frame.data.content);
        if (frame.reply_to === undefined || frame.type === 'processing') continue;
        this.#waiting.get(frame.reply_to)?.(frame.type);
        this.#waiting.delete(frame.reply_to);
      }
    }

    /** @returns the type of the answer */
    ask(message: { type: string; data?: object }): Promise<string> {
      const id = `m${made++}`;
      this.client.send({ ...message, message_id: id });
      const answered = new Promise<string>((resolve) => this.#waiting.set(id, resolve));
      return Promise.race([answered, setTimeout(PATIENCE, 'nothing', { ref: false })]);
    }

    async chat(): Promise<boolean> {
      const content = `chat ${made}`;
      chats.asked += 1;
      const type = await this.ask({ type: 'chat_message', data: { content } });
      if (type === 'nothing') problems.push('a chat was not answered at all');
      if (type !== 'chat_response') return false;
      chats.answered += 1;
      answeredChats.push({ clientId: this.client.clientId, content });
      return true;
    }
  }

  async function every(milliseconds: number, act: () => Promise<unknown>): Promise<void> {
    while (!isOver) {
      running.push(act().catch((error) => problems.push(`${error}`)));
      await setTimeout(milliseconds * (0.5 + random(1_000) / 1_000));
    }
  }

  async function push(clientId: string): Promise<number> {
    const content = `push ${made++}`;
    const { status } = await api('POST', '/send_message', { client_id: clientId, content });
    pushes.push({ clientId, content, status });
    return status;
  }

  /** Connects, sends one chat, and leaves. A refused handshake is not a fault. */
  async function guest(url: string): Promise<boolean> {
    connects.asked += 1;
    const client = await TestClient.connect(url).catch(() => undefined);
    if (!client) return false;
    connects.answered += 1;
    const isAnswered =
      (await client.ask({ type: 'chat_message', data: { content: 'hello' } })).type === 'chat_response';
    await client.close();
    return isAnswered;
  }

  const residents = await Promise.all(
    Array.from({ length: options.clients }, async () => new Resident(await TestClient.connect(await address()))),
  );
  const guests: string[] = []; // their URLs: tokens need no store, but the outage may start at any time
  for (let count = 0; count < 20; count += 1) guests.push(await address());
  let arrived = 0;
  const nextAddress = () => guests[arrived++ % guests.length] as string;
  const loops = [
    ...residents.map((resident) => every(PACE.chat, () => resident.chat())),
    every(PACE.push, () => push((residents[random(residents.length)] as Resident).client.clientId)),
    every(PACE.guest, () => guest(nextAddress())),
  ];

  await setTimeout(AROUND);
  store.mood = options.mood;
  await setTimeout(options.seconds * 1_000);
  const newcomers = [await address(), await address()];
  store.mood = 'works';
  const backAt = performance.now();
  const since = () => Math.round(performance.now() - backAt);
  const timed = async (attempt: () => Promise<boolean>) => ({ failed: await untilTrue(attempt), served: since() });
  const [newcomer, pushed] = await Promise.all([
    timed(() => guest(newcomers[0] as string)),
    timed(async () => (await push((residents[0] as Resident).client.clientId)) === 200),
  ]);
  await setTimeout(AROUND);
  isOver = true;
  await Promise.all(loops);
  await Promise.all(running);

  const listed = async (): Promise<string[]> => {
    const { body } = await api('GET', '/clients?limit=1000');
    return body.clients.map(({ client_id }: { client_id: string }) => client_id);
  };
  const living = residents.filter(({ client }) => client.socket.readyState === client.socket.OPEN);
  if (living.length < residents.length) problems.push(`${residents.length - living.length} clients were closed`);
  const own = new Set(residents.map(({ client }) => client.clientId));
  let list = await listed();
  const unlisted = living.filter(({ client }) => !list.includes(client.clientId));
  if (unlisted.length > 0) problems.push(`${unlisted.length} living clients are in no list`);
  while (list.some((id) => !own.has(id))) {
    await setTimeout(100);
    list = await listed();
  }
  const sessionsClean = since();

  // A pong arrives after everything pushed before.
  await Promise.all(living.map((resident) => resident.ask({ type: 'ping' })));
  const kept = new Map<string, Map<string, number>>();
  for (const { client } of residents) kept.set(client.clientId, await historyOf(api, client.clientId));
  const times = ({ clientId, content }: { clientId: string; content: string }) => kept.get(clientId)?.get(content) ?? 0;

  const said = target.said().matchAll(/history_failed.*?client_id[=":]+([\w-]+)/g);
  const unstored = new Map<string, number>();
  for (const [, clientId = ''] of said) unstored.set(clientId, (unstored.get(clientId) ?? 0) + 1);
  for (const { client } of residents) {
    const lost = answeredChats.filter((chat) => chat.clientId === client.clientId && times(chat) === 0).length;
    if (lost > (unstored.get(client.clientId) ?? 0)) problems.push(`${lost} answered chats of a client are not stored`);
  }
  const byId = new Map(residents.map((resident) => [resident.client.clientId, resident]));
  const delivered = pushes.filter(({ status }) => status === 200);
  const missing = delivered.filter(({ clientId, content }) => !byId.get(clientId)?.received.includes(content));
  if (missing.length > 0) problems.push(`${missing.length} pushes that were answered 200 were not received`);
  const unkept = delivered.filter((one) => times(one) === 0);
  if (unkept.length > 0) problems.push(`${unkept.length} pushes that were answered 200 are not stored`);
  const twice = [...answeredChats, ...pushes].filter((one) => times(one) > 1);
  if (twice.length > 0) problems.push(`${twice.length} messages are stored twice`);
  const odd = pushes.filter(({ status }) => ![200, 503].includes(status));
  if (odd.length > 0) problems.push(`pushes were answered ${[...new Set(odd.map(({ status }) => status))]}`);

  for (const { client } of residents) client.socket.close();
  while ((await listed()).length > 0) await setTimeout(100);
  return {
    chats,
    connects,
    pushes: { answered: delivered.length, asked: pushes.length },
    saidUnstored: [...own].reduce((sum, id) => sum + (unstored.get(id) ?? 0), 0),
    newcomerServed: newcomer.served,
    pushServed: pushed.served,
    failedAttempts: { newcomer: newcomer.failed, push: pushed.failed },
    sessionsClean,
    problems,
  };
}

/**
 * Retries at once, and starts another attempt next to one that takes long, as waiting clients do.
 * @returns how many attempts failed before one succeeded
 */
async function untilTrue(attempt: () => Promise<boolean>): Promise<number> {
  const done = deferred<void>();
  let isDone = false;
  let failed = 0;
  while (!isDone) {
    const one = attempt()
      .catch(() => false)
      .then((isTrue) => {
        if (isTrue) {
          isDone = true;
          done.resolve();
        } else if (!isDone) failed += 1;
      });
    await Promise.race([one, done.promise, setTimeout(1_000)]);
    await Promise.race([done.promise, setTimeout(50)]);
  }
  return failed;
}

type Api = (method: string, path: string) => Promise<HttpResponse>;

/** How often each content is in the client's history. */
async function historyOf(api: Api, clientId: string): Promise<Map<string, number>> {
  const contents = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: '1000', ...(cursor !== undefined && { cursor }) });
    const { body } = await api('GET', `/clients/${clientId}/messages?${query}`);
    for (const { type, data } of body.messages) {
      if (type === 'chat_message') contents.set(data.content, (contents.get(data.content) ?? 0) + 1);
    }
    cursor = body.next_cursor;
  } while (cursor !== undefined);
  return contents;
}
