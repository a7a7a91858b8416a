/**
 * Calls of tools on many clients, while clients die in the middle of a call and reconnect, and the server is killed with SIGKILL. Each call
 * must end once, with its own client's result.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildOptions, type ChildServer, startChildServer } from './child-server';
import { call, type HttpResponse } from './http';
import { type ReceivedFrame, TestClient } from './test-client';

export interface StormOptions {
  calls: number;
  clients: number;
  /** How often the server is killed. */
  kills: number;
  server: ChildOptions;
}

export interface StormOutcome {
  /** By call, in the order of the calls. */
  results: unknown[];
  callIds: string[];
  /** How often a client was killed in the middle of a call. */
  clientKills: number;
  serverKills: number;
  /** Results that a client sent after another one was stored. */
  duplicates: number;
}

/** Number of concurrent calls. */
const CALLERS = 40;

/** Milliseconds after which a call without an answer counts as hanging. The server waits 20 seconds at most. */
const HANGS_AFTER = 90_000;

/** The running server, or the promise of the next one. */
class Servers {
  #current: Promise<ChildServer>;
  readonly #options: ChildOptions;
  kills = 0;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#current = startChildServer(options);
  }

  get current(): Promise<ChildServer> {
    return this.#current;
  }

  async kill(): Promise<void> {
    this.kills += 1;
    const { process: child, exit } = await this.#current;
    const next = exit.then(() => startChildServer(this.#options));
    this.#current = next;
    child.kill('SIGKILL');
    await next;
  }

  async stop(): Promise<void> {
    const { process: child, exit } = await this.#current;
    child.kill('SIGKILL');
    await exit;
  }
}

/** A client that answers each call with its name and the call's number. It keeps its position like a client on disk. */
class Worker {
  readonly #servers: Servers;
  readonly #stormed: Set<number>;
  #token: string | undefined;
  #position: { epoch: string; seq: number } | undefined;
  #client: TestClient | undefined;
  #isOver = false;
  clientId = '';
  kills = 0;
  duplicates = 0;

  /** @param stormed  numbers of calls at which a client dies, once each */
  constructor(servers: Servers, stormed: Set<number>) {
    this.#servers = servers;
    this.#stormed = stormed;
  }

  /** Connects once. */
  async connect(): Promise<TestClient> {
    const { webSocketUrl } = await this.#servers.current;
    const url = this.#token === undefined ? webSocketUrl : `${webSocketUrl}?resume=${this.#token}`;
    const client = await TestClient.open(url);
    client.socket.on('error', () => {}); // `next` tells
    this.#client = client;
    const { data } = await client.nextOf('connection_established');
    this.clientId = data.client_id;
    this.#token = data.resume_token;
    this.#position ??= { epoch: data.epoch, seq: data.seq };
    return client;
  }

  async work(first: TestClient): Promise<void> {
    let client: TestClient | undefined = first;
    while (!this.#isOver) {
      try {
        client ??= await this.connect();
        await this.#serve(client);
      } catch {
        await sleep(20 + Math.random() * 100);
      }
      client?.socket.terminate();
      client = undefined;
    }
  }

  stop(): void {
    this.#isOver = true;
    this.#client?.socket.terminate();
  }

  /** Resumes, then answers calls in order, until the connection is gone. */
  async #serve(client: TestClient): Promise<void> {
    let isBehind = true;
    for (;;) {
      const position = this.#position as { epoch: string; seq: number };
      if (isBehind) client.send({ type: 'resume', data: position, message_id: 'r' });
      const frame: ReceivedFrame = isBehind ? await client.nextOf('resumed') : await client.nextOf('tool_call');
      if (frame.type === 'resumed') {
        for (const missed of frame.data.frames) await this.#answer(client, missed);
        position.seq = frame.data.seq;
        isBehind = frame.data.more;
      } else if (frame.seq === position.seq + 1) await this.#answer(client, frame);
      else isBehind = (frame.seq ?? 0) > position.seq;
    }
  }

  async #answer(client: TestClient, { data, seq = 0 }: ReceivedFrame): Promise<void> {
    const { number } = data.params;
    if (this.#stormed.delete(number)) {
      this.kills += 1;
      client.socket.terminate();
      throw new Error('killed');
    }
    const result = { number, by: this.clientId };
    client.send({ type: 'tool_response', data: { call_id: data.call_id, result }, message_id: `a-${seq}` });
    for (;;) {
      const frame = await client.next();
      if (frame.reply_to !== `a-${seq}`) {
        if (frame.type === 'tool_call') this.#early.push(frame);
        continue;
      }
      if (frame.data.duplicate) this.duplicates += 1;
      break;
    }
    (this.#position as { seq: number }).seq = seq;
    const next = this.#early.findIndex((frame) => frame.seq === seq + 1);
    const [frame] = next < 0 ? [] : this.#early.splice(next, 1);
    this.#early = this.#early.filter((one) => (one.seq ?? 0) > seq + 1);
    if (frame) await this.#answer(client, frame);
  }

  /** Calls that arrived while another one was being answered. */
  #early: ReceivedFrame[] = [];
}

/** Makes a call, however often the server dies meanwhile, and returns its result. */
async function callUntilItEnds(servers: Servers, worker: Worker, number: number) {
  const headers: Record<string, string> = { 'idempotency-key': randomUUID() };
  if (number % 2 === 0) headers.prefer = 'wait=20';
  const body = { client_id: worker.clientId, tool_name: 'work', params: { number }, hold_seconds: 3_600 };
  let { call_id: callId, ...end } = await answerOf(servers, 'POST', '/call_tool', body, headers);
  while (end.status === 'pending' || end.status === 'held' || end.status === 'success') {
    const path = `/calls/${callId}`;
    ({ call_id: callId, ...end } = await answerOf(servers, 'GET', path, undefined, { prefer: 'wait=20' }));
  }
  return { callId: callId as string, ...end };
}

/** The answer of the running server, or of the next one. @throws Error if a server hangs */
async function answerOf(...[servers, method, path, body, headers]: [Servers, string, string, unknown, object]) {
  for (;;) {
    const server = await servers.current;
    const hang = sleep(HANGS_AFTER, undefined, { ref: false }).then(() => 'hangs' as const);
    const answer: HttpResponse | 'hangs' | undefined = await Promise.race([
      hang,
      call(method, `${server.httpUrl}${path}`, body, { ...headers }).catch(() => undefined), // it was killed
    ]);
    if (answer === 'hangs') throw new Error(`${method} ${path} hangs`);
    if (answer && answer.status < 300) return answer.body;
    if (answer && answer.status !== 409 && answer.status < 500) throw new Error(`${path}: ${answer.text}`);
    await sleep(200);
  }
}

export async function callStorm({ calls, clients, kills, server }: StormOptions): Promise<StormOutcome> {
  const servers = new Servers(server);
  const stormed = new Set(Array.from({ length: Math.floor(calls / 10) }, (_, index) => index * 10 + 3));
  const workers = Array.from({ length: clients }, () => new Worker(servers, stormed));
  const work: Promise<void>[] = [];
  try {
    for (const worker of workers) work.push(worker.work(await worker.connect()));
    const ends: { callId: string; status: string; result?: unknown }[] = [];
    let next = 0;
    let ended = 0;
    let killing: Promise<void> | undefined;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (next < calls) {
          const number = next++;
          ends[number] = await callUntilItEnds(servers, workers[number % clients] as Worker, number);
          ended += 1;
          if (servers.kills < kills && ended > (calls * (servers.kills + 1)) / (kills + 1)) killing = servers.kill();
        }
      }),
    );
    await killing;
    return {
      results: ends.map(({ result }) => result),
      callIds: ends.map(({ callId }) => callId),
      clientKills: workers.reduce((sum, worker) => sum + worker.kills, 0),
      serverKills: servers.kills,
      duplicates: workers.reduce((sum, worker) => sum + worker.duplicates, 0),
    };
  } finally {
    for (const worker of workers) worker.stop();
    await Promise.all(work);
    await servers.stop();
  }
}

/** The expected results: each call's own, from the client that was called. */
export function expectedResults(outcome: StormOutcome, clients: number): unknown[] {
  const clientIds = outcome.callIds.map((id) => Buffer.from(id.split('-')[2] ?? '', 'base64url').toString());
  expect(new Set(clientIds).size).toBe(clients);
  return clientIds.map((by, number) => ({ number, by }));
}
