/**
 * Many replies streamed over connections that shuffle, duplicate and drop their pieces, with the real task and both kinds of client text.
 */
import { StreamedText } from '../../clients/typescript/src/streamed-text';
import { ConnectionError } from '../../lambdas/ports/connections';
import { NO_REPLY_QUEUE } from '../../lambdas/ports/reply-queue';
import type { Responder } from '../../lambdas/ports/responder';
import { newUuid } from '../../lambdas/ports/runtime';
import { create } from '../../lambdas/replies/respond';
import { createMemoryReplies } from '../../local/memory/memory-replies';
import { createFakeClock } from './fake-clock';
import {
  connectionOf,
  createRecordingConnections,
  createRecordingLog,
  createTestClients,
  createTestHistory,
} from './fakes';
import { createRandom } from './random';

/** Shares of pieces that are duplicated, dropped without an error, refused as throttled, and overtaken by others. */
const SHARE = 0.1;

const TOKENS_PER_SECOND = 50;

interface Frame {
  type: string;
  data: { index: number; delta?: string; content?: string };
}

export interface MangledOutcome {
  texts: number;
  equal: number;
  /** Texts shown that were neither the whole nor a prefix of it. */
  wrong: number;
  /** The most posts of any reply. */
  posts: number;
  dropped: number;
  doubled: number;
  shuffled: number;
}

export async function streamMangled(replies: number, tokens: number, seed: number): Promise<MangledOutcome> {
  const numbers = createRandom(seed);
  const random = () => numbers(1_000_000) / 1_000_000;
  const outcome = { texts: 0, equal: 0, wrong: 0, posts: 0, dropped: 0, doubled: 0, shuffled: 0 };
  for (let reply = 0; reply < replies; reply++) await streamOne(reply, tokens, random, outcome);
  return outcome;
}

async function streamOne(reply: number, tokens: number, random: () => number, outcome: MangledOutcome): Promise<void> {
  const clock = createFakeClock(Date.now());
  const words = Array.from({ length: tokens }, (_, index) => `${reply}.${index}${index % 7 === 0 ? '\n' : ' '}`);
  const whole = words.join('');
  const responder: Responder = {
    model: 'words',
    async *respond() {
      for (const word of words) {
        yield word;
        await new Promise((resolve) => setImmediate(resolve)); // posts end meanwhile
        clock.advance(1_000 / TOKENS_PER_SECOND);
      }
    },
  };
  const connections = createRecordingConnections();
  const { post } = connections;
  connections.post = async (id, text, mode) => {
    if (mode === 'once' && random() < SHARE / 2) throw new ConnectionError(random() < 0.5 ? 'throttled' : 'failed');
    return post(id, text, mode);
  };
  const clients = createTestClients();
  await clients.connect(connectionOf('ada'));
  const respond = create({
    responder,
    ...{ clients, connections, clock, history: createTestHistory(), replies: createMemoryReplies({ clock }) },
    ...{ replyQueue: NO_REPLY_QUEUE, tasks: { start: async () => {} } },
    replySettings: { model: 'words', seconds: 800, awaySeconds: undefined, failureText: undefined, maxPerClient: 4 },
    ...{ appSettings: {}, secrets: { get: async () => '' }, deltaIntervalMs: 250, newId: newUuid },
    log: createRecordingLog(),
  });
  await respond(
    {
      task: 'respond',
      replyId: newUuid(),
      clientId: 'ada',
      connection: connectionOf('ada'),
      text: JSON.stringify({ type: 'chat_message', data: { content: 'go', stream: true } }),
      at: new Date(clock.now()).toISOString(),
    },
    { getRemainingTimeInMillis: () => 900_000 },
  );

  const frames = connections.posts.map(({ frame }) => frame as unknown as Frame);
  const text = new StreamedText();
  for (const { data } of mangled(frames.slice(0, -1), random, outcome)) {
    const shown = text.add(data);
    if (shown !== undefined && !whole.startsWith(shown)) outcome.wrong += 1;
  }
  outcome.texts += 1;
  outcome.posts = Math.max(outcome.posts, frames.length + 1); // with `processing`
  const end = frames.at(-1);
  if (end?.type === 'chat_response' && end.data.content === whole) outcome.equal += 1;
}

function mangled(frames: Frame[], random: () => number, outcome: MangledOutcome): Frame[] {
  const posted: Frame[] = [];
  for (const frame of frames) {
    if (random() < SHARE) {
      outcome.dropped += 1;
      continue;
    }
    posted.push(frame);
    if (random() >= SHARE) continue;
    outcome.doubled += 1;
    posted.push(frame);
  }
  for (let index = 1; index < posted.length; index++) {
    if (random() >= SHARE) continue;
    outcome.shuffled += 1;
    const [moved] = posted.splice(index, 1);
    posted.splice(Math.max(0, index - 1 - Math.floor(random() * 4)), 0, moved as Frame);
  }
  return posted;
}
