import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemoryHistory, type MemoryHistoryOptions } from '../../../lambdas/sessions/memory-history';
import type { HistoryRecord } from '../../../lambdas/sessions/session-store';

const CLOCK = { now: () => 0, sleep: async () => {} };

function createHistory(bounds: Partial<MemoryHistoryOptions> = {}): MemoryHistory {
  return new MemoryHistory({
    clock: CLOCK,
    historySeconds: 60,
    historyPerClient: 1_000,
    historyTotalBytes: 10_000_000,
    ...bounds,
  });
}

function record(clientId: string, messageId: string, size = 100): HistoryRecord {
  return { clientId, direction: 'in', messageId, type: 'note', data: {}, timestamp: '2024-01-01T00:00:00.000Z', size };
}

function idsOf(history: MemoryHistory, clientId: string): string[] {
  return history.page(clientId, { limit: 10_000 }).rows.map(({ messageId }) => messageId);
}

/** Bytes of the heap that are in use: what is left when the garbage has been collected. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

describe('history in memory', () => {
  it('keeps the newest messages of a client, up to its bound', () => {
    const history = createHistory({ historyPerClient: 3 });
    for (const id of ['1', '2', '3', '4', '5']) history.append([record('a', id)]);
    history.append([record('b', '6')]);
    expect(idsOf(history, 'a')).toEqual(['5', '4', '3']);
    expect(idsOf(history, 'b')).toEqual(['6']);
  });

  it('lets the oldest messages of the quietest client go first when the bytes run out', () => {
    const history = createHistory({ historyTotalBytes: 50_000 });
    for (const id of ['a1', 'a2']) history.append([record('a', id, 10_000)]);
    history.append([record('b', 'b1', 10_000)]);
    history.append([record('a', 'a3', 10_000)]); // now b is the quietest
    history.append([record('c', 'c1', 10_000)]);
    expect(idsOf(history, 'b')).toEqual([]);
    expect(idsOf(history, 'a')).toEqual(['a3', 'a2', 'a1']);
    history.append([record('c', 'c2', 10_000)]);
    expect(idsOf(history, 'a')).toEqual(['a3', 'a2']);
    expect(idsOf(history, 'c')).toEqual(['c2', 'c1']);
  });

  it('counts more than the text, so that many tiny messages are bounded too', () => {
    const history = createHistory({ historyTotalBytes: 100_000 });
    for (let index = 0; index < 1_000; index += 1) history.append([record('a', `${index}`, 2)]);
    const kept = idsOf(history, 'a');
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length).toBeLessThan(500);
    expect(kept[0]).toBe('999');
  });

  it('keeps a message in about the bytes that it is reckoned as, whatever it is made of', () => {
    const text = `{"list":[${Array(40_000).fill('{}').join(',')}]}`;
    const history = createHistory();
    const before = heapUsed();
    for (const id of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']) {
      history.append([{ ...record('a', id, text.length), data: JSON.parse(text) }]);
    }
    expect(heapUsed() - before).toBeLessThan(5 * 10 * text.length); // as objects they take 21 times their text
    expect(JSON.stringify(history.page('a', { limit: 1 }).rows[0]?.data)).toBe(text);
  });

  it('reckons twice the bytes for a text whose letters take two', () => {
    const said = (letter: string) => ({ ...record('a', letter, 10_000), data: { content: letter.repeat(9_900) } });
    const cases = [
      { letter: 'x', bytes: 10_000, fitting: 5 },
      { letter: '你', bytes: 20_000, fitting: 2 },
    ];
    for (const { letter, bytes, fitting } of cases) {
      const held = createHistory();
      const before = heapUsed();
      for (let index = 0; index < 400; index += 1) held.append([said(letter)]);
      expect((heapUsed() - before) / 400 / bytes).toBeCloseTo(1, 0);
      expect(idsOf(held, 'a').length).toBeGreaterThan(10); // and so it was still there when the heap was read
      const history = createHistory({ historyTotalBytes: 60_000 });
      for (let index = 0; index < 10; index += 1) history.append([said(letter)]);
      expect(idsOf(history, 'a')).toHaveLength(fitting);
    }
  });

  it('reckons what a broadcast says once, for as long as anybody has it', () => {
    const history = createHistory({ historyTotalBytes: 50_000 });
    history.append([record('quiet', 'before', 1_000)]);
    const data = { news: 'x'.repeat(9_000) };
    const clients = Array.from({ length: 50 }, (_, index) => `client-${index}`);
    history.append(clients.map((clientId) => ({ ...record(clientId, 'news', 9_100), data })));
    for (const clientId of ['quiet', ...clients]) expect(idsOf(history, clientId)).toHaveLength(1);
    history.append([record('late', 'large', 45_000)]); // takes the room of all 51, the text's included
    for (const clientId of ['quiet', ...clients]) expect(idsOf(history, clientId)).toEqual([]);
    history.append([{ ...record('quiet', 'after', 9_100), data }]);
    expect(idsOf(history, 'quiet')).toEqual(['after']);
    expect(idsOf(history, 'late')).toEqual([]); // there was no room for both, as the text counts again
  });

  it('reckons with what a message grows to when its numbers are written out', () => {
    const history = createHistory({ historyTotalBytes: 10_000 });
    history.append([{ ...record('a', 'numbers', 3_000), data: { list: Array(600).fill(1e20) } }]);
    expect(idsOf(history, 'a')).toEqual([]);
  });

  it('does not grow with the number of clients that have been there', () => {
    const history = createHistory({ historyTotalBytes: 100_000 });
    for (let index = 0; index < 1_000; index += 1) history.append([record(`client-${index}`, `${index}`)]);
    const kept = Array.from({ length: 1_000 }, (_, index) => idsOf(history, `client-${index}`).length);
    const living = kept.filter((count) => count > 0).length;
    expect(living).toBeGreaterThan(10);
    expect(living).toBeLessThan(500);
    expect(kept.slice(-living).every((count) => count === 1)).toBe(true);
  });

  it('does not keep a message that is larger than all that may be kept', () => {
    const history = createHistory({ historyTotalBytes: 5_000 });
    history.append([record('a', 'huge', 6_000)]);
    expect(idsOf(history, 'a')).toEqual([]);
    history.append([record('a', 'small', 10)]);
    expect(idsOf(history, 'a')).toEqual(['small']);
  });

  it('ends a message at its age, to the millisecond', () => {
    let now = 0;
    const history = createHistory({ clock: { ...CLOCK, now: () => now }, historySeconds: 10 });
    history.append([record('a', 'old')]);
    now = 5_000;
    history.append([record('a', 'young')]);
    now = 9_999;
    expect(idsOf(history, 'a')).toEqual(['young', 'old']);
    now = 10_000;
    expect(idsOf(history, 'a')).toEqual(['young']);
    now = 15_000;
    expect(idsOf(history, 'a')).toEqual([]);
  });

  it('frees the bytes of what has aged out, of clients that write no more too', () => {
    let now = 0;
    const history = createHistory({
      clock: { ...CLOCK, now: () => now },
      historySeconds: 10,
      historyTotalBytes: 50_000,
    });
    for (const id of ['a1', 'a2', 'a3']) history.append([record('a', id, 14_000)]);
    now = 10_000;
    for (const id of ['b1', 'b2', 'b3']) history.append([record('b', id, 14_000)]);
    expect(idsOf(history, 'b')).toEqual(['b3', 'b2', 'b1']);
  });

  it('goes on from a cursor after older messages were dropped', () => {
    const history = createHistory({ historyPerClient: 4 });
    for (const id of ['1', '2', '3', '4']) history.append([record('a', id)]);
    const { rows, cursor } = history.page('a', { limit: 2 });
    history.append([record('a', '5')]);
    expect(rows.map(({ messageId }) => messageId)).toEqual(['4', '3']);
    const rest = history.page('a', { limit: 2, cursor });
    expect(rest.rows.map(({ messageId }) => messageId)).toEqual(['2']);
    expect(rest.cursor).toBeUndefined();
  });
});
