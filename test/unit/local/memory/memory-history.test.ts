import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AUDIT, type HistoryItem, type HistoryRecord } from '../../../../lambdas/ports/history-store';
import { systemClock } from '../../../../lambdas/ports/runtime';
import { newEpoch, type Position } from '../../../../lambdas/protocol/position';
import { MemoryHistory, type MemoryHistoryOptions } from '../../../../local/memory/memory-history';

const CLOCK = { ...systemClock, now: () => 0 };

function createHistory(bounds: Partial<MemoryHistoryOptions> = {}): MemoryHistory {
  return new MemoryHistory({
    clock: CLOCK,
    historySeconds: 60,
    historyPerClient: 1_000,
    historyTotalBytes: 10_000_000,
    ...bounds,
  });
}

function item(clientId: string, messageId: string, size = 100, changes: Partial<HistoryRecord> = {}): HistoryItem {
  const timestamp = '2024-01-01T00:00:00.000Z';
  return { clientId, records: [{ direction: 'in', messageId, type: 'note', data: {}, timestamp, size, ...changes }] };
}

async function idsOf(history: MemoryHistory, clientId: string): Promise<string[]> {
  const { rows } = await history.page(clientId, { limit: 10_000 });
  return rows.map(({ messageId }) => messageId);
}

/** A round of garbage collection that frees less than this is the last. */
const STEADY_BYTES = 100_000;

/**
 * Heap in use, in bytes, after collecting garbage until a round frees almost nothing: leftovers of other test files need several rounds.
 */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    collect();
    const { heapUsed: now } = process.memoryUsage();
    if (now > before - STEADY_BYTES) return now;
    before = now;
  }
}

describe('history in memory', () => {
  it('keeps the audit log beyond the limit of a client, up to a limit of its own', async () => {
    const history = createHistory({ historyPerClient: 3 });
    for (let call = 1; call <= 20_002; call++) await history.append([item(AUDIT, String(call), 1)]);
    const { rows } = await history.page(AUDIT, { limit: 30_000 });
    expect([rows.length, rows[0]?.messageId, rows.at(-1)?.messageId]).toEqual([20_000, '20002', '3']);
  });

  it('keeps the newest messages of a client, up to its limit', async () => {
    const history = createHistory({ historyPerClient: 3 });
    for (const id of ['1', '2', '3', '4', '5']) await history.append([item('a', id)]);
    await history.append([item('b', '6')]);
    expect(await idsOf(history, 'a')).toEqual(['5', '4', '3']);
    expect(await idsOf(history, 'b')).toEqual(['6']);
  });

  it('forgets one client, and keeps the others', async () => {
    const history = createHistory();
    await history.append([item('a', 'a1'), item('b', 'b1'), item('a', 'a2')]);
    history.forget('a');
    history.forget('nobody');
    expect([await idsOf(history, 'a'), await idsOf(history, 'b')]).toEqual([[], ['b1']]);
  });

  describe('when the bytes run out', () => {
    const epoch = newEpoch(1_000);

    /** Stores a message of 10,000 bytes for each position of a client. */
    async function fill(history: MemoryHistory, clientId: string, seqs: number[]): Promise<void> {
      for (const seq of seqs) {
        await history.put({ ...item(clientId, `${clientId}${seq}`, 10_000), position: { epoch, seq } });
      }
    }

    it('drops the oldest messages of the client that holds the most; of several, the least active first', async () => {
      const history = createHistory({ historyTotalBytes: 72_500 }); // seven messages
      await fill(history, 'a', [1]);
      await fill(history, 'b', [1, 2]);
      await fill(history, 'c', [1, 2, 3, 4]);
      await fill(history, 'd', [1]);
      expect(await idsOf(history, 'c')).toEqual(['c4', 'c3', 'c2']);
      await fill(history, 'd', [2]); // now b is the least active of three
      expect(await idsOf(history, 'b')).toEqual(['b2']);
      expect(await idsOf(history, 'c')).toEqual(['c4', 'c3', 'c2']);
      expect(await idsOf(history, 'a')).toEqual(['a1']);
    });

    it('a flooding client loses its own messages, and neither the audit log nor other clients lose anything', async () => {
      const history = createHistory({ historyTotalBytes: 100_000 });
      await fill(history, 'quiet', [1]);
      for (let call = 0; call < 20; call += 1) await history.append([item(AUDIT, `${call}`, 500)]);
      await fill(
        history,
        'loud',
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
      expect(await idsOf(history, 'quiet')).toEqual(['quiet1']);
      expect(await idsOf(history, AUDIT)).toHaveLength(20);
      expect((await idsOf(history, 'loud'))[0]).toBe('loud50');
    });

    it('the audit log takes no more than its share from others', async () => {
      const history = createHistory({ historyTotalBytes: 100_000 });
      await fill(history, 'quiet', [1]);
      for (let call = 0; call < 200; call += 1) await history.append([item(AUDIT, `${call}`, 2_000)]);
      expect(await idsOf(history, 'quiet')).toEqual(['quiet1']);
    });
  });

  it('counts more than the text, so that many tiny messages are limited too', async () => {
    const history = createHistory({ historyTotalBytes: 100_000 });
    for (let index = 0; index < 1_000; index += 1) await history.append([item('a', `${index}`, 2)]);
    const kept = await idsOf(history, 'a');
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length).toBeLessThan(500);
    expect(kept[0]).toBe('999');
  });

  it('uses about as much memory for a message as it counts, whatever the message contains', async () => {
    const text = `{"list":[${Array(40_000).fill('{}').join(',')}]}`;
    const history = createHistory();
    const before = heapUsed();
    for (const id of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']) {
      await history.append([item('a', id, text.length, { data: JSON.parse(text) })]);
    }
    expect(heapUsed() - before).toBeLessThan(5 * 10 * text.length); // as objects they take 21 times the size of their text
    expect(JSON.stringify((await history.page('a', { limit: 1 })).rows[0]?.data)).toBe(text);
  });

  it('counts two bytes per character for a text with characters that take two', async () => {
    const said = (letter: string) => item('a', letter, 10_000, { data: { content: letter.repeat(9_900) } });
    const cases = [
      { letter: 'x', bytes: 10_000, fitting: 5 },
      { letter: '你', bytes: 20_000, fitting: 2 },
    ];
    for (const { letter, bytes, fitting } of cases) {
      const held = createHistory();
      const before = heapUsed();
      for (let index = 0; index < 400; index += 1) await held.append([said(letter)]);
      expect((heapUsed() - before) / 400 / bytes).toBeCloseTo(1, 0);
      expect((await idsOf(held, 'a')).length).toBeGreaterThan(10); // so it was still there when the heap was measured
      const history = createHistory({ historyTotalBytes: 60_000 });
      for (let index = 0; index < 10; index += 1) await history.append([said(letter)]);
      expect(await idsOf(history, 'a')).toHaveLength(fitting);
    }
  });

  it('counts the text of a broadcast once, for as long as any client has it', async () => {
    const history = createHistory({ historyTotalBytes: 50_000 });
    await history.append([item('quiet', 'before', 1_000)]);
    const data = { news: 'x'.repeat(9_000) };
    const clients = Array.from({ length: 50 }, (_, index) => `client-${index}`);
    await history.append(clients.map((clientId) => item(clientId, 'news', 9_100, { data })));
    for (const clientId of ['quiet', ...clients]) expect(await idsOf(history, clientId)).toHaveLength(1);
    await history.append([item('late', 'large', 45_000)]); // takes the space of all 51, including the text
    for (const clientId of ['quiet', ...clients]) expect(await idsOf(history, clientId)).toEqual([]);
    await history.append([item('quiet', 'after', 9_100, { data })]);
    expect(await idsOf(history, 'quiet')).toEqual(['after']);
    expect(await idsOf(history, 'late')).toEqual([]); // there was no space for both, because the text counts again
  });

  it('counts the size of a message after its numbers are written out', async () => {
    const history = createHistory({ historyTotalBytes: 10_000 });
    await history.append([item('a', 'numbers', 3_000, { data: { list: Array(600).fill(1e20) } })]);
    expect(await idsOf(history, 'a')).toEqual([]);
  });

  it('does not grow with the number of former clients', async () => {
    const history = createHistory({ historyTotalBytes: 100_000 });
    for (let index = 0; index < 1_000; index += 1) await history.append([item(`client-${index}`, `${index}`)]);
    const kept = await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => (await idsOf(history, `client-${index}`)).length),
    );
    const living = kept.filter((count) => count > 0).length;
    expect(living).toBeGreaterThan(10);
    expect(living).toBeLessThan(500);
    expect(kept.slice(-living).every((count) => count === 1)).toBe(true);
  });

  it('does not keep a message that is larger than the total limit', async () => {
    const history = createHistory({ historyTotalBytes: 5_000 });
    await history.append([item('a', 'huge', 6_000)]);
    expect(await idsOf(history, 'a')).toEqual([]);
    await history.append([item('a', 'small', 10)]);
    expect(await idsOf(history, 'a')).toEqual(['small']);
  });

  it('expires a message at its age, to the millisecond', async () => {
    let now = 0;
    const history = createHistory({ clock: { ...CLOCK, now: () => now }, historySeconds: 10 });
    await history.append([item('a', 'old')]);
    now = 5_000;
    await history.append([item('a', 'young')]);
    now = 9_999;
    expect(await idsOf(history, 'a')).toEqual(['young', 'old']);
    now = 10_000;
    expect(await idsOf(history, 'a')).toEqual(['young']);
    now = 15_000;
    expect(await idsOf(history, 'a')).toEqual([]);
  });

  it('frees the bytes of expired messages, even of clients that write nothing more', async () => {
    let now = 0;
    const history = createHistory({
      clock: { ...CLOCK, now: () => now },
      historySeconds: 10,
      historyTotalBytes: 50_000,
    });
    for (const id of ['a1', 'a2', 'a3']) await history.append([item('a', id, 14_000)]);
    now = 10_000;
    for (const id of ['b1', 'b2', 'b3']) await history.append([item('b', id, 14_000)]);
    expect(await idsOf(history, 'b')).toEqual(['b3', 'b2', 'b1']);
  });

  it('knows what it may have dropped, even after the client’s last message was removed', async () => {
    const history = createHistory({ historyPerClient: 1, clock: { ...CLOCK, now: () => 5_000 } });
    const epoch = newEpoch(1_000);
    const [first, second] = [1, 2].map((seq) => ({ epoch, seq })) as [Position, Position];
    for (const position of [first, second]) await history.put({ ...item('a', `${position.seq}`), position });
    const told = async () => [
      await history.mayHaveLost('a', first, 5_000),
      await history.reachesBackTo('a', { ...first, seq: 0 }),
    ];
    expect(await told()).toEqual([true, false]);
    expect(await history.mayHaveLost('a', { ...first, seq: 3 }, 5_000)).toBe(false);
    await history.remove('a', second);
    expect(await told()).toEqual([true, false]);
  });

  it('continues from a cursor after older messages were dropped', async () => {
    const history = createHistory({ historyPerClient: 4 });
    for (const id of ['1', '2', '3', '4']) await history.append([item('a', id)]);
    const { rows, cursor } = await history.page('a', { limit: 2 });
    await history.append([item('a', '5')]);
    expect(rows.map(({ messageId }) => messageId)).toEqual(['4', '3']);
    const rest = await history.page('a', { limit: 2, cursor });
    expect(rest.rows.map(({ messageId }) => messageId)).toEqual(['2']);
    expect(rest.cursor).toBeUndefined();
  });
});
