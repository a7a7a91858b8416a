/**
 * A server on disk that is killed with SIGKILL again and again, while clients chat, callers push to online clients and an offline one, and
 * broadcasts are sent. After each restart, everything that was answered must be there.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type ChildServer, startChildServer } from './child-server';
import { newFolder } from './data-folder';
import { call } from './http';
import { TestClient } from './test-client';

/** Maximum milliseconds that a server works after its first use. */
const LIFE = 400;

const CLIENTS = 3;

interface Session {
  resumeToken: string;
  clientId: string;
  epoch: string;
  /** At the beginning of the round. */
  seq: number;
  /** In the first greeting. */
  broadcast: string;
  sent: number;
  /** What was answered in this round, by `message_id`; chats and pushes with their `seq` if the answer has one. */
  answered: Map<string, number | undefined>;
  /** The answers of the chats, by `sender_seq`: only the last. */
  lastAnswer: { number: number; messageId: string } | undefined;
}

export interface Outcome {
  rounds: number;
  /** Number of answered chats, pushes, held pushes and broadcasts. */
  answered: Record<'chats' | 'pushes' | 'held' | 'broadcasts', number>;
}

export async function killAgainAndAgain(rounds: number): Promise<Outcome> {
  const environment = { DATA_DIR: newFolder(), CLIENT_RATE: '0', LOG_LEVEL: 'error', HISTORY_PER_CLIENT: '1000000' };
  const outcome: Outcome = { rounds, answered: { chats: 0, pushes: 0, held: 0, broadcasts: 0 } };
  const sessions: Session[] = [];
  let server: ChildServer | undefined;
  try {
    for (let round = 0; round <= rounds; round++) {
      server = await startChildServer({ environment });
      const broadcasts = await checkAll(server, sessions);
      expect(broadcasts).toBe(true);
      if (round === rounds) break;
      await useUntilKilled(server, sessions, outcome);
    }
  } finally {
    server?.process.kill('SIGKILL');
    await server?.exit;
  }
  return outcome;
}

/** Each client reconnects, and gets everything answered since the round began, each position once. */
async function checkAll(server: ChildServer, sessions: readonly Session[]): Promise<boolean> {
  for (const session of sessions) {
    const client = await TestClient.open(`${server.webSocketUrl}?resume=${session.resumeToken}`);
    const { data: greeting } = await client.nextOf('connection_established');
    expect([greeting.client_id, greeting.epoch]).toEqual([session.clientId, session.epoch]);
    const found = new Map<string, number | undefined>();
    let [seq, broadcast, isLast] = [session.seq, session.broadcast, false];
    const numbers: number[] = [];
    while (!isLast) {
      client.send({ type: 'resume', data: { epoch: session.epoch, seq, broadcast }, message_id: 'r' });
      const { data } = await client.nextOf('resumed');
      expect(data).toMatchObject({ recovered: true });
      for (const frame of data.frames) {
        found.set(frame.message_id, frame.seq);
        if (frame.seq !== undefined) numbers.push(frame.seq);
      }
      numbers.push(...data.void);
      [seq, broadcast, isLast] = [data.seq, data.broadcast, !data.more];
    }
    const lost = [...session.answered].filter(
      ([id, at]) => !found.has(id) || (at !== undefined && found.get(id) !== at),
    );
    expect(lost).toEqual([]);
    expect(numbers.sort((one, other) => one - other)).toEqual(
      Array.from({ length: greeting.seq - session.seq }, (_, index) => session.seq + index + 1),
    );
    if (session.lastAnswer) {
      const { number, messageId } = session.lastAnswer;
      const again = await client.ask(chatOf(number));
      expect(again.message_id).toBe(messageId);
    }
    session.seq = seq;
    session.broadcast = broadcast;
    session.answered.clear();
    await client.close();
  }
  return true;
}

function chatOf(number: number) {
  const marks = { sender: 'test', sender_seq: number };
  return { type: 'chat_message', data: { content: `number ${number}` }, message_id: `m-${number}`, ...marks };
}

async function useUntilKilled(server: ChildServer, sessions: Session[], outcome: Outcome): Promise<void> {
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      const resume = sessions[index] ? `?resume=${sessions[index].resumeToken}` : '';
      const client = await TestClient.open(`${server.webSocketUrl}${resume}`);
      const { data } = await client.nextOf('connection_established');
      sessions[index] ??= newSession(data);
      return { client, session: sessions[index] };
    }),
  );
  const [away] = clients;
  await away?.client.close();
  let isOver = false;

  /** Repeats an action until the server is gone. */
  async function repeat(step: () => Promise<void>): Promise<void> {
    while (!isOver) {
      try {
        await step();
      } catch (error) {
        if (!isOver) throw error;
      }
    }
  }

  async function chat({ client, session }: { client: TestClient; session: Session }): Promise<void> {
    session.sent += 1;
    const number = session.sent;
    client.send(chatOf(number));
    const answer = await client.nextOf('chat_response');
    session.answered.set(answer.message_id, answer.seq);
    session.lastAnswer = { number, messageId: answer.message_id };
    outcome.answered.chats += 1;
  }

  async function push({ session }: { session: Session }, hold: object, kind: 'pushes' | 'held'): Promise<void> {
    const body = { client_id: session.clientId, content: 'a push', ...hold };
    const answer = await call('POST', `${server.httpUrl}/send_message`, body);
    expect(answer.status).toBe(kind === 'held' ? 202 : 200);
    session.answered.set(answer.body.message_id, undefined);
    outcome.answered[kind] += 1;
  }

  async function broadcast(): Promise<void> {
    const answer = await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'news', data: {} });
    expect(answer.status).toBe(200);
    for (const { session } of clients) session.answered.set(answer.body.message_id, undefined);
    outcome.answered.broadcasts += 1;
  }

  const loops = clients.slice(1).flatMap((one) => [repeat(() => chat(one)), repeat(() => push(one, {}, 'pushes'))]);
  if (away) loops.push(repeat(() => push(away, { hold_seconds: 3_600 }, 'held')));
  loops.push(repeat(broadcast));
  await wait(Math.random() * LIFE);
  isOver = true;
  server.process.kill('SIGKILL');
  await server.exit;
  await Promise.all(loops);
}

// biome-ignore lint/suspicious/noExplicitAny: what a frame says
function newSession({ resume_token: resumeToken, client_id: clientId, epoch, seq, broadcast }: any): Session {
  return { resumeToken, clientId, epoch, seq, broadcast, sent: 0, answered: new Map(), lastAnswer: undefined };
}
