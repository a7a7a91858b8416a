/** The contract of broadcasts, on the store in memory. */

import { broadcastPositionAt, newBroadcastPosition } from '../../lambdas/protocol/position';
import { createMemoryBroadcasts } from '../../local/memory/memory-broadcasts';
import { createFakeClock } from '../support/fake-clock';
import { broadcastOf, describeBroadcastStore, progressOf } from './broadcast-store';
import { HISTORY_SECONDS } from './under-test';

function create(options: { limit?: number; maxLogCharacters?: number } = {}) {
  const clock = createFakeClock();
  return { store: createMemoryBroadcasts({ clock, historySeconds: HISTORY_SECONDS, ...options }), clock };
}

describeBroadcastStore('in memory', async () => ({ ...create(), close: async () => {} }));

test('the store in memory drops the oldest broadcasts above its limit', async () => {
  const { store } = create({ limit: 2 });
  for (const id of ['a', 'b', 'c']) await store.save(broadcastOf(id));
  expect(await store.get('a')).toBeUndefined();
  expect(await store.get('b')).toBeDefined();
  expect(await store.get('c')).toBeDefined();
});

test('the store in memory drops none that is being sent while it can drop others', async () => {
  const { store } = create({ limit: 2 });
  const { text, ...sent } = broadcastOf('b');
  for (const broadcast of [broadcastOf('a'), sent, broadcastOf('c')]) await store.save(broadcast);
  expect(await store.get('a')).toBeDefined();
  expect(await store.get('b')).toBeUndefined();
  expect(await store.get('c')).toBeDefined();
});

test('the store in memory keeps a message until every segment has finished, and its progress longer', async () => {
  const { store } = create();
  const { text, ...rest } = broadcastOf('a', { segments: 2 });
  await store.save({ ...rest, text });
  const last = progressOf(1, { finished: true, cursor: undefined });
  await store.checkpoint('a', 1, last);
  expect((await store.get('a'))?.broadcast.text).toBe(text);
  await store.checkpoint('a', 0, last);
  expect(await store.get('a')).toEqual({ broadcast: rest, progress: [last, last] });
});

test.each([undefined, 'a'])(
  'the log in memory drops the oldest broadcasts above its size, and reports that, group %s',
  async (group) => {
    const { store, clock } = create({ maxLogCharacters: 5_000 });
    const before = broadcastPositionAt(clock.now());
    const since = [{ group: 'a', since: before }];
    const positions: string[] = [];
    for (const letter of ['1', '2', '3']) {
      clock.advance(1);
      const position = newBroadcastPosition(clock.now());
      positions.push(position);
      await store.log({ position, text: letter.repeat(2_000), ...(group && { group }) });
    }
    const { broadcasts, hasGap } = await store.logged(before, 10_000, since);
    expect(broadcasts.map(({ text }) => text[0])).toEqual(['2', '3']);
    expect(hasGap).toBe(true);
    expect(await store.logged(positions[0] ?? '', 10_000, since)).not.toHaveProperty('hasGap');
    const joinedLater = [{ group: 'a', since: positions[0] ?? '' }];
    expect('hasGap' in (await store.logged(before, 10_000, joinedLater))).toBe(group === undefined);
  },
);

test('the log in memory drops broadcasts of the partner that has the most, and reports that to its groups alone', async () => {
  const { store, clock } = create({ maxLogCharacters: 10_000 });
  const before = broadcastPositionAt(clock.now());
  const send = async (group: string, owner?: string) => {
    clock.advance(1);
    const position = newBroadcastPosition(clock.now());
    await store.log({ position, text: group.padEnd(2_000), group, ...(owner !== undefined && { owner }) });
  };
  await send('acme:eu');
  await send('bolt:eu', 'bolt');
  for (let count = 0; count < 10; count++) await send('acme:us', 'acme');
  const seen = async (...groups: string[]) => {
    const since = groups.map((group) => ({ group, since: before }));
    const { broadcasts, hasGap = false } = await store.logged(before, 100_000, since);
    return [broadcasts.map(({ text }) => text.trim()), hasGap];
  };
  expect(await seen('bolt:eu')).toEqual([['bolt:eu'], false]);
  expect(await seen('acme:us')).toEqual([['acme:us', 'acme:us'], true]);
  expect(await seen('acme:eu', 'bolt:eu')).toEqual([['acme:eu', 'bolt:eu'], true]);
  expect(await seen('team')).toEqual([[], false]);
});

test('the log in memory holds thousands of small broadcasts', async () => {
  const { store, clock } = create();
  const before = broadcastPositionAt(clock.now());
  for (let count = 0; count < 20_000; count++) {
    if (count % 100 === 0) clock.advance(1);
    await store.log({ position: newBroadcastPosition(clock.now()), text: '{"type":"news"}' });
  }
  expect(await store.logged(before, 1_000)).not.toHaveProperty('hasGap');
});
