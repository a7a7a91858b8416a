/**
 * Broadcasts, messages, tool calls and removals that meet clients while they connect, against `npm start -- --wire`: a connection cannot be
 * reached until its handshake is complete, and that must cost nobody a session. CONNECTING_SEED=… repeats the same calls in the same order;
 * CONNECTING_CLIENTS=200 CONNECTING_ROUNDS=10 is a long run.
 */
import { setTimeout } from 'node:timers/promises';
import { type ChildServer, startChildServer } from '../support/child-server';
import { call } from '../support/http';
import { createRandom, type Random, seedFrom, shuffled } from '../support/random';
import { type ReceivedFrame, TestClient } from '../support/test-client';

const CLIENTS = Number(process.env.CONNECTING_CLIENTS ?? 120);
/** Clients that connect concurrently: the server's own calls have timeouts, which a busy machine must not reach. */
const AT_A_TIME = 20;
const CALLS = {
  broadcast: Math.round(CLIENTS * 0.15),
  send: Math.ceil(CLIENTS / 2),
  callTool: Math.floor(CLIENTS / 2),
  remove: Math.round(CLIENTS / 4),
};
/** Number of concurrent calls. */
const CALLERS = 4;
/** Reads the list of clients every tenth of a second, until the last $disconnect has been handled. */
const LOOKS = 3_000;

const seed = seedFrom('CONNECTING_SEED');

let server: ChildServer;

beforeAll(async () => {
  server = await startChildServer({ options: ['--wire'], environment: { LOG_LEVEL: 'error' } });
});

afterAll(async () => {
  server.process.kill('SIGTERM');
  expect(await server.exit).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/ error /) });
});

/** A client, and what it was sent. */
interface Witness {
  client: TestClient;
  contents: string[];
  isClosed: boolean;
}

interface Push {
  clientId: string;
  content: string;
}

interface Round {
  witnesses: Map<string, Witness>;
  /** Pushes that were answered with success. */
  pushes: Push[];
  /** The content of each broadcast, its start, and to how many clients it was delivered. */
  broadcasts: { content: string; begunAt: number; delivered: number }[];
  /** Clients that a caller wanted to remove; those that the API reports as removed, and when. */
  aimedAt: Set<string>;
  removed: Map<string, number>;
  /** The number of calls with each status. */
  seen: Map<string, number>;
}

async function listed(): Promise<string[]> {
  const { body } = await call('GET', `${server.httpUrl}/clients?limit=1000`);
  return body.clients.map(({ client_id }: { client_id: string }) => client_id);
}

async function connect(round: Round): Promise<void> {
  const client = await TestClient.open(server.webSocketUrl);
  const witness: Witness = { client, contents: [], isClosed: false };
  const greeting = await nextOf('connection_established', witness); // a push may overtake it
  round.witnesses.set(greeting.data.client_id, witness);
  client.closed.then(() => {
    witness.isClosed = true;
  });
}

/** One of the listed clients that have not been greeted yet, if there are any: the API knows them, the platform does not. */
async function anyone({ witnesses }: Round, random: Random): Promise<string | undefined> {
  const everybody = await listed();
  const connecting = everybody.filter((id) => !witnesses.has(id));
  const chosen = connecting.length > 0 && random(4) > 0 ? connecting : everybody;
  return chosen[random(chosen.length)];
}

/** @param body  with the content, in addition to the client's id */
async function push(round: Round, random: Random, content: string, path: string, body: object): Promise<number> {
  const clientId = await anyone(round, random);
  const { status } = await call('POST', server.httpUrl + path, { client_id: clientId ?? 'nobody', ...body });
  if (clientId !== undefined && status === 200) round.pushes.push({ clientId, content });
  return status;
}

const makers: Record<keyof typeof CALLS, (round: Round, random: Random, number: number) => Promise<number>> = {
  async broadcast({ broadcasts }, _random, number) {
    const content = `broadcast ${number}`;
    const begunAt = performance.now();
    const { status, body } = await call('POST', `${server.httpUrl}/broadcast`, {
      message_type: 'chat_message',
      data: { content },
    });
    broadcasts.push({ content, begunAt, delivered: body.delivered });
    return status;
  },
  send(round, random, number) {
    const content = `push ${number}`;
    return push(round, random, content, '/send_message', { content });
  },
  callTool(round, random, number) {
    const content = `tool call ${number}`;
    return push(round, random, content, '/call_tool', { tool_name: 'show', params: { content } });
  },
  async remove(round, random) {
    const clientId = await anyone(round, random);
    if (clientId === undefined) return 404;
    round.aimedAt.add(clientId);
    const { status } = await call('DELETE', `${server.httpUrl}/clients/${clientId}`);
    if (status === 204) round.removed.set(clientId, performance.now());
    return status;
  },
};

/** Clients connect while the calls are made; each call waits until its share of the clients has started to connect. */
async function meet(random: Random): Promise<Round> {
  const round: Round = {
    witnesses: new Map(),
    pushes: [],
    broadcasts: [],
    aimedAt: new Set(),
    removed: new Map(),
    seen: new Map(),
  };
  const kinds = Object.entries(CALLS).flatMap(([kind, count]) => Array(count).fill(kind)) as (keyof typeof CALLS)[];
  const calls = shuffled(kinds, random).entries();
  let begun = 0;

  async function connector(): Promise<void> {
    while (begun < CLIENTS) {
      begun += 1;
      await connect(round).catch((error: Error) => {
        if (!/closed with 1000/.test(error.message)) throw error; // removed before it was greeted
      });
    }
  }

  async function caller(): Promise<void> {
    for (const [number, kind] of calls) {
      while (begun < CLIENTS && begun * kinds.length < number * CLIENTS) await setTimeout(1);
      const outcome = `${kind} ${await makers[kind](round, random, number)}`;
      round.seen.set(outcome, (round.seen.get(outcome) ?? 0) + 1);
    }
  }

  await Promise.all([...Array.from({ length: AT_A_TIME }, connector), ...Array.from({ length: CALLERS }, caller)]);
  return round;
}

/** The next frame of a type; the pushes before it are recorded. */
async function nextOf(type: string, { client, contents }: Witness): Promise<ReceivedFrame> {
  for (;;) {
    const frame = await client.next();
    if (frame.type === type) return frame;
    if (frame.type === 'chat_message') contents.push(frame.data.content);
    if (frame.type === 'tool_call') contents.push(frame.data.params.content);
  }
}

/** Asks a client for what it has received so far: a pong arrives after all of it. False if it is closed. */
async function hear(witness: Witness): Promise<boolean> {
  witness.client.send({ type: 'ping' });
  return nextOf('pong', witness).then(
    () => true,
    () => false,
  );
}

/** A full run has ten. */
const ROUNDS = Number(process.env.CONNECTING_ROUNDS ?? 2);

describe.each(Array.from({ length: ROUNDS }, (_, number) => number + 1))(
  'clients that connect while others call, round %d',
  (number) => {
    it('lose no session and no push, and removed clients stay removed', async () => {
      const round = await meet(createRandom(seed + number));
      const { witnesses, aimedAt, removed } = round;
      process.stderr.write(`round ${number}: ${JSON.stringify(Object.fromEntries([...round.seen].sort()))}\n`);

      const list = new Set(await listed());
      const living = [...witnesses].filter(([id]) => !removed.has(id));
      expect(living.filter(([id, { isClosed }]) => isClosed && !aimedAt.has(id))).toEqual([]);
      expect(living.filter(([id, { isClosed }]) => !isClosed && !list.has(id))).toEqual([]);

      const open = await Promise.all(
        [...witnesses].map(async ([id, witness]) => ((await hear(witness)) ? id : undefined)),
      );
      expect(open.filter((id) => id !== undefined && removed.has(id))).toEqual([]);

      const lost = round.pushes.filter(({ clientId, content }) => {
        const witness = witnesses.get(clientId);
        return witness && !witness.isClosed && !witness.contents.includes(content);
      });
      expect(lost).toEqual([]);
      const all = [...witnesses.values()];
      expect(all.filter(({ contents }) => new Set(contents).size < contents.length)).toEqual([]); // nothing arrived twice
      for (const { content, begunAt, delivered } of round.broadcasts) {
        const received = all.filter(({ contents }) => contents.includes(content)).length;
        // What a client received that was removed meanwhile is unknown.
        const unknown = [...removed].filter(
          ([id, removedAt]) => removedAt > begunAt && !witnesses.get(id)?.contents.includes(content),
        );
        expect(received + unknown.length).toBeGreaterThanOrEqual(delivered);
      }

      for (const { client } of all) client.socket.close();
      let left: string[] = ['?'];
      for (let looks = 0; looks < LOOKS && left.length > 0; looks += 1) {
        if (looks > 0) await setTimeout(100);
        left = await listed();
      }
      expect(left).toEqual([]);
      expect([...round.seen.keys()].filter((outcome) => !/ (20[04]|404|409)$/.test(outcome))).toEqual([]);
      expect(removed.size).toBeGreaterThan(0); // otherwise nothing was tested
    });
  },
);
