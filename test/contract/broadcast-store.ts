/** What every BroadcastStore must do: one suite for all implementations. */
import type { LoggedBroadcast } from '../../lambdas/ports/broadcast-log';
import type { Broadcast, BroadcastStore, Progress } from '../../lambdas/ports/broadcast-store';
import { EVERYBODY } from '../../lambdas/ports/client-store';
import { MAX_MESSAGE_BYTES } from '../../lambdas/protocol/limits';
import { broadcastPositionAt, newBroadcastPosition } from '../../lambdas/protocol/position';
import type { FakeClock } from '../support/fake-clock';
import { HISTORY_SECONDS } from './under-test';

export interface BroadcastStoreUnderTest {
  store: BroadcastStore;
  clock: FakeClock;
  close(): Promise<void>;
}

export function broadcastOf(broadcastId: string, changes: Partial<Broadcast> = {}): Broadcast {
  return {
    broadcastId,
    messageId: `message of ${broadcastId}`,
    startedAt: '2024-01-01T00:00:00.000Z',
    audience: EVERYBODY,
    segments: 3,
    text: '{"type":"news"}',
    ...changes,
  };
}

export function progressOf(pages: number, changes: Partial<Progress> = {}): Progress {
  return {
    recipients: 3 * pages,
    delivered: 2 * pages,
    gone: pages,
    failed: 0,
    pages,
    cursor: `after page ${pages}`,
    finished: false,
    at: '2024-01-01T00:00:01.500Z',
    run: 'run-1',
    ...changes,
  };
}

/** @param create  creates an empty store that nothing else uses, with `HISTORY_SECONDS` as its setting */
export function describeBroadcastStore(name: string, create: () => Promise<BroadcastStoreUnderTest>): void {
  describe(`broadcasts ${name}`, () => {
    let store: BroadcastStore;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, close } = await create());
    });
    afterEach(() => close());

    async function progressIn(broadcastId: string) {
      return (await store.get(broadcastId))?.progress;
    }

    test('a saved broadcast can be read completely, and has no progress yet', async () => {
      const job = broadcastOf('a');
      const inline = broadcastOf('b', { segments: 1, text: undefined });
      await Promise.all([store.save(job), store.save(inline)]);
      expect(await store.get('a')).toEqual({ broadcast: job, progress: [undefined, undefined, undefined] });
      expect(await store.get('b')).toEqual({ broadcast: inline, progress: [undefined] });
    });

    test.each([
      ['letters', 'x'],
      ['quotes', '"'],
      ['a script with three bytes per letter', '你'],
    ])('a message of %s survives unchanged, up to the message limit', async (_, letter) => {
      const text = letter.repeat(MAX_MESSAGE_BYTES / Buffer.byteLength(letter));
      await store.save(broadcastOf('a', { segments: 16, text }));
      await Promise.all(Array.from({ length: 16 }, (_, segment) => store.checkpoint('a', segment, progressOf(1))));
      const state = await store.get('a');
      expect(state?.broadcast.text === text).toBe(true);
      expect(state?.progress).toEqual(Array(16).fill(progressOf(1)));
    });

    test('each segment has its own progress', async () => {
      await store.save(broadcastOf('a'));
      const [first, last] = [progressOf(1), progressOf(1, { run: 'run-2', cursor: undefined, finished: true })];
      expect(await Promise.all([store.checkpoint('a', 0, first), store.checkpoint('a', 2, last)])).toEqual([
        true,
        true,
      ]);
      expect(await progressIn('a')).toEqual([first, undefined, last]);
    });

    test('a checkpoint follows the preceding page, whichever run wrote that', async () => {
      await store.save(broadcastOf('a'));
      for (const pages of [1, 2, 3]) {
        const progress = progressOf(pages, { run: `run-${pages}` });
        expect(await store.checkpoint('a', 1, progress)).toBe(true);
        expect(await progressIn('a')).toEqual([undefined, progress, undefined]);
      }
    });

    test.each([
      ['the same page, by another run', progressOf(2, { run: 'run-2', delivered: 99 })],
      ['an earlier page', progressOf(1)],
      ['a first page, by another run', progressOf(1, { run: 'run-2' })],
      ['a page after a gap', progressOf(4)],
    ])('a checkpoint that is %s is refused', async (_, late) => {
      await store.save(broadcastOf('a'));
      await store.checkpoint('a', 0, progressOf(1));
      await store.checkpoint('a', 0, progressOf(2));
      expect(await store.checkpoint('a', 0, late)).toBe(false);
      expect(await progressIn('a')).toEqual([progressOf(2), undefined, undefined]);
    });

    test('a checkpoint that does not begin with the first page is refused', async () => {
      await store.save(broadcastOf('a'));
      expect(await store.checkpoint('a', 0, progressOf(2))).toBe(false);
      expect(await progressIn('a')).toEqual([undefined, undefined, undefined]);
    });

    test.each([1, 2])('page %d succeeds if one run writes it twice because a response was lost', async (pages) => {
      await store.save(broadcastOf('a'));
      for (const page of [1, 2].slice(0, pages)) await store.checkpoint('a', 0, progressOf(page));
      expect(await store.checkpoint('a', 0, progressOf(pages))).toBe(true);
      expect(await progressIn('a')).toEqual([progressOf(pages), undefined, undefined]);
    });

    test('of 20 concurrent checkpoints of one page exactly one wins', async () => {
      await store.save(broadcastOf('a'));
      await store.checkpoint('a', 0, progressOf(1));
      const runs = Array.from({ length: 20 }, (_, number) => progressOf(2, { run: `rival-${number}` }));
      const written = await Promise.all(runs.map((progress) => store.checkpoint('a', 0, progress)));
      expect(written.filter(Boolean)).toHaveLength(1);
      expect((await progressIn('a'))?.[0]).toEqual(runs[written.indexOf(true)]);
    });

    test.each([
      ['unknown', 'nobody'],
      ['empty', ''],
      ['of 3,000 characters', 'x'.repeat(3_000)],
      ['half a character', '\ud800'],
    ])('an id that is %s names no broadcast', async (_, id) => {
      await store.save(broadcastOf('a'));
      expect(await store.get(id)).toBeUndefined();
    });

    test('changes to the caller’s own copy do not change the store', async () => {
      const [broadcast, progress] = [broadcastOf('a'), progressOf(1)];
      await store.save(broadcast);
      await store.checkpoint('a', 0, progress);
      broadcast.messageId = 'another';
      progress.delivered = 77;
      const read = await store.get('a');
      if (read?.progress[0]) read.progress[0].delivered = 99;
      if (read) read.broadcast.segments = 99;
      expect(await store.get('a')).toEqual({
        broadcast: broadcastOf('a'),
        progress: [progressOf(1), undefined, undefined],
      });
    });
  });

  describe(`the log of broadcasts ${name}`, () => {
    let store: BroadcastStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    async function log(text: string): Promise<LoggedBroadcast> {
      const broadcast = { position: newBroadcastPosition(clock.now()), text };
      await store.log(broadcast);
      return broadcast;
    }

    /** One broadcast per this many milliseconds. */
    async function logMany(count: number, every: number): Promise<LoggedBroadcast[]> {
      const broadcasts: LoggedBroadcast[] = [];
      for (let index = 0; index < count; index++) {
        broadcasts.push(await log(`{"n":${index}}`));
        clock.advance(every);
      }
      return broadcasts;
    }

    test('is empty at first', async () => {
      expect(await store.logged(broadcastPositionAt(clock.now()), 120_000)).toEqual({ broadcasts: [], hasMore: false });
    });

    test('returns entries after a position, oldest first, without that position', async () => {
      const before = broadcastPositionAt(clock.now());
      const broadcasts = await logMany(5, 10);
      expect(await store.logged(before, 120_000)).toEqual({ broadcasts, hasMore: false });
      const after = broadcasts[2]?.position ?? '';
      expect(await store.logged(after, 120_000)).toEqual({ broadcasts: broadcasts.slice(3), hasMore: false });
      const last = broadcasts[4]?.position ?? '';
      expect(await store.logged(last, 120_000)).toEqual({ broadcasts: [], hasMore: false });
    });

    test('continues across hour boundaries', async () => {
      const before = broadcastPositionAt(clock.now());
      const broadcasts = await logMany(6, (HISTORY_SECONDS * 1_000) / 8);
      expect(await store.logged(before, 120_000)).toEqual({ broadcasts, hasMore: false });
    });

    test('sorts in entries of other processes whose clocks differ slightly', async () => {
      const before = broadcastPositionAt(clock.now() - 1_000);
      const positions = [5, -20, 30, 0].map((difference) => newBroadcastPosition(clock.now() + difference));
      for (const position of positions) await store.log({ position, text: '{}' });
      const { broadcasts } = await store.logged(before, 120_000);
      expect(broadcasts.map(({ position }) => position)).toEqual(positions.toSorted());
    });

    test.each([1, 2, 7, 50])('is read completely in parts of about %d broadcasts', async (count) => {
      const expected = await logMany(120, 5);
      const size = expected[60]?.text.length ?? 0;
      const read: LoggedBroadcast[] = [];
      for (let after = broadcastPositionAt(clock.now() - 60_000), parts = 0; parts <= 120; parts++) {
        const { broadcasts, hasMore } = await store.logged(after, count * size);
        read.push(...broadcasts);
        after = broadcasts.at(-1)?.position ?? after;
        if (!hasMore) break;
      }
      expect(read).toEqual(expected);
    });

    test('returns at least one broadcast, however large', async () => {
      const before = broadcastPositionAt(clock.now());
      const first = await log('€'.repeat(40_000));
      clock.advance(1);
      const second = await log('x'.repeat(MAX_MESSAGE_BYTES));
      expect(await store.logged(before, 10)).toEqual({ broadcasts: [first], hasMore: true });
      expect(await store.logged(first.position, 10)).toEqual({ broadcasts: [second], hasMore: false });
    });

    test('merges broadcasts to a client’s groups, since it joined, with broadcasts to everybody', async () => {
      const before = broadcastPositionAt(clock.now());
      const sent: LoggedBroadcast[] = [];
      for (const group of ['a', undefined, 'b', 'a', 'c', undefined, 'b']) {
        const broadcast = { position: newBroadcastPosition(clock.now()), text: `{"n":${sent.length}}` };
        await store.log({ ...broadcast, ...(group !== undefined && { group }) });
        sent.push(broadcast);
        clock.advance(10);
      }
      const textsOf = ({ broadcasts }: { broadcasts: LoggedBroadcast[] }) => broadcasts.map(({ text }) => text);
      const textsAt = (...numbers: number[]) => numbers.map((number) => sent[number]?.text);
      const groups = [
        { group: 'a', since: before },
        { group: 'b', since: sent[4]?.position ?? '' },
        { group: 'unknown', since: before },
      ];
      expect(textsOf(await store.logged(before, 120_000, groups))).toEqual(textsAt(0, 1, 3, 5, 6));
      expect(textsOf(await store.logged(before, 120_000))).toEqual(textsAt(1, 5));
      const read: string[] = [];
      for (let after = before, parts = 0; parts < 10; parts++) {
        const part = await store.logged(after, 20, groups);
        read.push(...textsOf(part));
        after = part.broadcasts.at(-1)?.position ?? after;
        if (!part.hasMore) break;
      }
      expect(read).toEqual(textsAt(0, 1, 3, 5, 6));
    });

    test('names the group that a broadcast went to', async () => {
      const before = broadcastPositionAt(clock.now() - 1);
      const position = newBroadcastPosition(clock.now());
      await store.log({ position, text: '{}', group: 'acme:team', owner: 'acme' });
      const { broadcasts } = await store.logged(before, 120_000, [{ group: 'acme:team', since: before }]);
      expect(broadcasts).toMatchObject([{ position, text: '{}', owner: 'acme' }]);
    });

    test('keeps one copy of a broadcast that is logged twice, as after a lost response', async () => {
      const before = broadcastPositionAt(clock.now());
      const broadcast = await log('{}');
      await store.log(broadcast);
      expect(await store.logged(before, 120_000)).toEqual({ broadcasts: [broadcast], hasMore: false });
    });

    test('forgets expired broadcasts', async () => {
      const before = broadcastPositionAt(clock.now());
      await log('{"n":1}');
      clock.advance((HISTORY_SECONDS - 1) * 1_000);
      const young = await log('{"n":2}');
      expect((await store.logged(before, 120_000)).broadcasts).toHaveLength(2);
      clock.advance(2_000);
      expect(await store.logged(before, 120_000)).toEqual({ broadcasts: [young], hasMore: false, hasGap: true });
      clock.advance(HISTORY_SECONDS * 1_000);
      expect(await store.logged(before, 120_000)).toEqual({ broadcasts: [], hasMore: false, hasGap: true });
    });

    test('reports that broadcasts after a position were dropped', async () => {
      const before = broadcastPositionAt(clock.now());
      const first = await log('{"n":1}');
      clock.advance(10_000);
      const second = await log('{"n":2}');
      const gapAfter = async (position: string) => (await store.logged(position, 120_000)).hasGap === true;
      clock.advance((HISTORY_SECONDS - 12) * 1_000);
      expect(await gapAfter(before)).toBe(false);
      clock.advance(5_000);
      expect(await gapAfter(before)).toBe(true);
      expect(await gapAfter(second.position)).toBe(false);
      expect(await store.logged(before, 120_000, [], second.position)).not.toHaveProperty('hasGap');
      expect(await store.logged(first.position, 120_000)).toMatchObject({ broadcasts: [second] });
    });

    test('reports that messages to a group of the client were dropped', async () => {
      const before = broadcastPositionAt(clock.now());
      await store.log({ position: newBroadcastPosition(clock.now()), text: '{}', group: 'a' });
      clock.advance((HISTORY_SECONDS + 10) * 1_000);
      const young = broadcastPositionAt(clock.now() - 1_000);
      await store.log({ position: newBroadcastPosition(clock.now()), text: '{}', group: 'a' });
      expect(await store.logged(before, 120_000, [{ group: 'a', since: before }])).toHaveProperty('hasGap', true);
      expect(await store.logged(young, 120_000, [{ group: 'a', since: before }])).not.toHaveProperty('hasGap');
    });
  });
}
