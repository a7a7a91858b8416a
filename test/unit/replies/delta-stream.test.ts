/** How a reply is split into posts: by time, and by the limits of the platform. */
import { ProtocolError } from '../../../lambdas/protocol/errors';
import type { ServerMessage } from '../../../lambdas/protocol/server-messages';
import { DeltaStream, type PostOutcome } from '../../../lambdas/replies/delta-stream';
import { createFakeClock, type FakeClock } from '../../support/fake-clock';

const INTERVAL = 250;

/** The final interval between posts, in milliseconds. */
const LONGEST = 280;

interface Posted {
  at: number;
  data: ServerMessage['data'];
  /** Settles the post. */
  answer(outcome: PostOutcome | Error): Promise<void>;
}

/** Lets pending promises continue. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function start(firstIndex = 0, intervalMs = INTERVAL) {
  const clock: FakeClock = createFakeClock(0);
  const posts: Posted[] = [];
  let underWay = 0;
  let most = 0;
  const stream = new DeltaStream({
    clock,
    intervalMs,
    firstIndex,
    post: ({ data }) =>
      new Promise((resolve, reject) => {
        underWay += 1;
        most = Math.max(most, underWay);
        posts.push({
          at: clock.now(),
          data,
          answer(outcome) {
            underWay -= 1;
            if (outcome instanceof Error) reject(outcome);
            else resolve(outcome);
            return settle() as Promise<void>;
          },
        });
      }),
  });
  return { clock, posts, stream, most: () => most };
}

test('the first piece is posted at once, the next an interval later with all text that arrived meanwhile', async () => {
  const { clock, posts, stream } = start();
  stream.push('a');
  expect(posts.map(({ data }) => data)).toEqual([{ index: 0, delta: 'a' }]);
  await posts[0]?.answer('delivered');
  stream.push('b');
  clock.advance(INTERVAL - 1);
  stream.push('c');
  expect(posts).toHaveLength(1);
  clock.advance(1);
  expect(posts[1]?.data).toEqual({ index: 1, delta: 'bc' });
});

test('only one post is under way at a time, however long it takes', async () => {
  const { clock, posts, stream, most } = start();
  stream.push('a');
  for (const piece of ['b', 'c', 'd']) {
    clock.advance(10 * INTERVAL);
    stream.push(piece);
  }
  expect(posts).toHaveLength(1);
  await posts[0]?.answer('delivered');
  expect(posts[1]?.data).toEqual({ index: 1, delta: 'bcd' });
  expect(most()).toBe(1);
});

test.each([
  ['on AWS', 250],
  ['in one process', 40],
])('500 tokens at 50 a second take at most 45 frames %s, including `processing` and the end', async (_, intervalMs) => {
  const { clock, posts, stream } = start(0, intervalMs);
  for (let token = 0; token < 500; token++) {
    stream.push(`${token} `);
    await posts.at(-1)?.answer('delivered');
    clock.advance(20);
  }
  await stream.end();
  expect(posts.length + 2).toBeLessThanOrEqual(45);
  expect(posts.map(({ data }) => data.index)).toEqual(posts.map((_, index) => index));
});

test('posts start an interval apart, which grows up to a limit', async () => {
  const { clock, posts, stream } = start(0, 100);
  for (let time = 0; time < 2_000; time++) {
    stream.push('a');
    await posts.at(-1)?.answer('delivered');
    clock.advance(1);
  }
  const gaps = posts.slice(1).map(({ at }, index) => at - (posts[index] as Posted).at);
  expect(gaps).toEqual([100, 120, 144, 173, 208, 249, LONGEST, LONGEST, LONGEST]);
});

test('a throttled post makes the next one larger and later, with the same index', async () => {
  const { clock, posts, stream } = start();
  stream.push('a');
  await posts[0]?.answer('throttled');
  stream.push('b');
  clock.advance(INTERVAL);
  expect(posts).toHaveLength(1);
  clock.advance(INTERVAL);
  expect(posts[1]?.data).toEqual({ index: 0, delta: 'ab' });
  await posts[1]?.answer('throttled');
  clock.advance(999);
  expect(posts).toHaveLength(2);
  clock.advance(1);
  expect(posts[2]?.data).toEqual({ index: 0, delta: 'ab' });
});

test.each(['unknown', 'moved', 'gone'] as const)(
  'after a post with outcome %s, the next one has the whole text',
  async (outcome) => {
    const { clock, posts, stream } = start();
    stream.push('a');
    await posts[0]?.answer(outcome);
    stream.push('b');
    clock.advance(1_000);
    expect(posts[1]?.data).toEqual({ index: 1, content: 'ab' });
    await posts[1]?.answer('delivered');
    stream.push('c');
    clock.advance(LONGEST);
    expect(posts[2]?.data).toEqual({ index: 2, delta: 'c' });
  },
);

test('an offline client is tried once a second', async () => {
  const { clock, posts, stream } = start();
  stream.push('a');
  for (let second = 1; second <= 5; second++) {
    await posts.at(-1)?.answer('gone');
    clock.advance(999);
    expect(posts).toHaveLength(second);
    clock.advance(1);
  }
  expect(posts.at(-1)?.data).toEqual({ index: 5, content: 'a' });
});

test('a retried reply begins with a snapshot, above the indexes of the first run', async () => {
  const { posts, stream, clock } = start(40);
  stream.push('a');
  await posts[0]?.answer('delivered');
  stream.push('b');
  clock.advance(INTERVAL);
  expect(posts.map(({ data }) => data)).toEqual([
    { index: 40, content: 'a' },
    { index: 41, delta: 'b' },
  ]);
});

test('the end waits for the post under way, and posts nothing more', async () => {
  const { clock, posts, stream } = start();
  stream.push('a');
  stream.push('b');
  let hasEnded = false;
  const end = stream.end().then(() => {
    hasEnded = true;
  });
  await settle();
  expect(hasEnded).toBe(false);
  await posts[0]?.answer('delivered');
  await end;
  clock.advance(10 * INTERVAL);
  expect(posts).toHaveLength(1);
});

test('a piece that is too large for a message ends the stream, but not the reply', async () => {
  const { clock, posts, stream } = start();
  stream.push('a');
  await posts[0]?.answer(new ProtocolError('payload_too_large', 'too large'));
  stream.push('b');
  clock.advance(10 * INTERVAL);
  expect(posts).toHaveLength(1);
  await stream.end();
});
