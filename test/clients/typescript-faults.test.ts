/** Over a network that loses, reorders and breaks, the TypeScript client shows everything once and in order. */
import { WebSocket } from 'ws';
import { createClient, type SwitchboardClient } from '../../clients/typescript/src';
import { ResumableServer } from '../support/resumable-server';

const PUSHES = 120;
const CHATS = 60;
const timers = { backoffMs: 2, backoffMaxMs: 20, holeMs: 10, resumeMs: 500, answerMs: 60, retryMs: 5 };

let server: ResumableServer;
let client: SwitchboardClient;

beforeEach(async () => {
  server = await ResumableServer.start();
  client = createClient({ url: server.url, webSocket: WebSocket, timers });
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

/** The same numbers in each run. */
function chances(seed: number): (share: number) => boolean {
  let state = seed;
  return (share) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648 < share;
  };
}

it.each([1, 2, 3, 4, 5])('pushes and answers arrive once and in order despite faults, %d', async (seed) => {
  const chance = chances(seed);
  const shown: string[] = [];
  const everything = new Promise<void>((resolve) =>
    client.on('chat_message', ({ data }) => shown.push(String(data.content)) === PUSHES && resolve()),
  );
  await client.connect();
  server.faults = { loses: () => chance(0.1), delays: () => chance(0.2), breaks: () => chance(0.05) };
  const answers: Promise<{ content: string }>[] = [];
  for (let number = 0; number < PUSHES; number++) {
    server.push(`push ${number}`);
    if (number % 2 === 0) answers.push(client.chat(`chat ${number / 2}`));
    if (number % 10 === 0) await new Promise(setImmediate);
  }
  const replies = await Promise.all(answers);
  server.faults = { loses: () => false, delays: () => false, breaks: () => false };
  server.break(); // trailing frames are not missed by anybody
  await everything;

  expect(shown).toEqual(Array.from({ length: PUSHES }, (_, number) => `push ${number}`));
  expect(replies.map(({ content }) => content)).toEqual(
    Array.from({ length: CHATS }, (_, number) => `Echo: chat ${number}`),
  );
  expect([...server.handled].sort()).toEqual([...new Set(server.handled)].sort());
  expect(server.handled).toHaveLength(CHATS);
  expect(client.position).toMatchObject({ epoch: 'epoch', seq: PUSHES + CHATS });
});

it('a lost connection is reported through states, and missed frames as a number', async () => {
  const states: string[] = [];
  await client.connect();
  client.onState(({ state }) => states.push(state));
  const recovery = new Promise((resolve) => client.onRecovery(resolve));
  server.break();
  server.push('while away');
  server.push('and again');
  expect(await recovery).toEqual({ recovered: true, count: 2 });
  expect(states).toEqual(['waiting', 'connecting', 'recovering', 'connected']);
});

it('replaces its connection before it expires, without a gap', async () => {
  const shown: unknown[] = [];
  const states: string[] = [];
  server.lifeMs = 100;
  await client.connect();
  client.onState(({ state }) => states.push(state));
  client.on('chat_message', ({ data }) => shown.push(data.content));
  let pushes = 0;
  while (server.connections < 4) {
    server.push(`push ${pushes++}`);
    await client.chat('still there?');
  }
  await client.chat('the last');
  expect(shown).toEqual(Array.from({ length: pushes }, (_, number) => `push ${number}`));
  expect(states).not.toContain('waiting'); // `connecting` only if the warning of the first overtook the greeting of the second
});

it('shown frames are acknowledged without a message of the application', async () => {
  await client.close();
  client = createClient({ url: server.url, webSocket: WebSocket, timers: { ackMs: 1 } });
  await client.connect();
  server.push('one');
  while (server.ack < 1) await new Promise(setImmediate);
  expect(server.ack).toBe(1);
});
