/** What every CallStore must do: one suite for all implementations. */
import fc from 'fast-check';
import type { CallEnd } from '../../lambdas/ports/call';
import type { CallItem, CallStore } from '../../lambdas/ports/call-store';
import type { HistoryRecord, HistoryStore } from '../../lambdas/ports/history-store';
import { isoTime } from '../../lambdas/ports/runtime';
import { parseJson, stringifyJson } from '../../lambdas/protocol/json';
import { newEpoch, type Position } from '../../lambdas/protocol/position';
import type { FakeClock } from '../support/fake-clock';
import { HISTORY_SECONDS } from './under-test';

export interface CallStoreUnderTest {
  store: CallStore;
  history: HistoryStore;
  clock: FakeClock;
  close(): Promise<void>;
}

const COMPLETED: CallEnd = { status: 'completed', by: 'run-1' };
const FAILED: CallEnd = { status: 'failed', by: 'run-2' };
const CANCELLED: CallEnd = { status: 'cancelled', by: 'run-3' };

/** @param create  creates an empty store that nothing else uses */
export function describeCallStore(name: string, create: () => Promise<CallStoreUnderTest>): void {
  describe(`calls ${name}`, () => {
    let store: CallStore;
    let history: HistoryStore;
    let clock: FakeClock;
    let close: () => Promise<void>;
    let epoch: string;

    beforeEach(async () => {
      ({ store, history, clock, close } = await create());
      epoch = newEpoch(clock.now());
    });
    afterEach(() => close());

    const at = (seq: number): Position => ({ epoch, seq });

    function recordOf(changes: Partial<HistoryRecord> = {}): HistoryRecord {
      const timestamp = isoTime(clock.now());
      const data = { tool_name: 'show' };
      return { direction: 'out', messageId: 'call-1', type: 'tool_call', data, timestamp, size: 100, ...changes };
    }

    function responseOf(result: unknown, messageId = 'response-1'): HistoryRecord {
      return recordOf({ direction: 'in', messageId, type: 'tool_response', replyTo: 'call-1', data: { result } });
    }

    async function putCall(seq = 1, seconds = 60, answerSeconds?: number): Promise<CallItem> {
      const call: CallItem['call'] = { messageId: 'call-1', deadline: clock.now() + seconds * 1_000 };
      if (answerSeconds !== undefined) call.answerBy = clock.now() + answerSeconds * 1_000;
      const item = { clientId: 'a', position: at(seq), records: [recordOf()], call };
      await history.put(item);
      return item;
    }

    test('a call lives as long as the history, up to a day', () => {
      expect(store.lifetimeSeconds).toBe(Math.min(HISTORY_SECONDS, 86_400));
    });

    test('a call is stored by the history, and both stores find it at its position', async () => {
      const item = await putCall();
      expect(await store.get('a', at(1))).toEqual(item);
      expect(await history.get('a', at(1))).toEqual(item);
      expect((await history.after('a', at(0), 10_000)).items).toEqual([item]);
    });

    test('only calls are found: no other pushes, void positions, empty positions or other clients', async () => {
      await putCall();
      await history.put({ clientId: 'a', position: at(2), records: [recordOf()] });
      await history.void('a', at(3));
      const places: [string, Position][] = [
        ['a', at(2)],
        ['a', at(3)],
        ['a', at(4)],
        ['a', { epoch: newEpoch(clock.now() + 1), seq: 1 }],
        ['b', at(1)],
      ];
      for (const [clientId, position] of places) {
        expect(await store.get(clientId, position)).toBeUndefined();
        expect(await store.end(clientId, position, COMPLETED, responseOf(1))).toBeUndefined();
        expect(await store.setProgress(clientId, position, { progress: 1 })).toBe(false);
      }
      expect((await history.after('a', at(1), 10_000)).items.map(({ records }) => records.length)).toEqual([1, 0]);
    });

    test('a result ends a call, and is its response in the history', async () => {
      const { records, call } = await putCall();
      const ended = {
        clientId: 'a',
        position: at(1),
        records: [...records, responseOf({ sum: 3 })],
        call: { ...call, end: COMPLETED },
      };
      expect(await store.end('a', at(1), COMPLETED, responseOf({ sum: 3 }))).toEqual(ended);
      expect(await store.get('a', at(1))).toEqual(ended);
      const { rows } = await history.page('a', { limit: 10 });
      expect(rows).toEqual([responseOf({ sum: 3 }), ...records]);
    });

    test.each([
      ['of numbers that a double cannot hold', '{"numbers":[9007199254740993,1e400,-0]}'],
      [
        'of half a character and a name that is special in JavaScript',
        '{"text":"\\ud800","__proto__":{"polluted":true}}',
      ],
      ['of 100 KiB', JSON.stringify({ text: '你'.repeat(35_000) })],
    ])('a result %s survives unchanged', async (_, text) => {
      await putCall();
      const item = await store.end('a', at(1), COMPLETED, responseOf(parseJson(text)));
      const found = await store.get('a', at(1));
      for (const one of [item, found]) expect(stringifyJson(one?.records[1]?.data.result)).toBe(text);
    });

    test.each([
      ['a result', COMPLETED, 'response-1'],
      ['a failure', FAILED, 'response-1'],
      ['a cancellation', CANCELLED, undefined],
    ])('nothing ends a call again after %s', async (_, end, messageId) => {
      await putCall();
      await store.end('a', at(1), end, messageId === undefined ? undefined : responseOf(1, messageId));
      const before = await store.get('a', at(1));
      for (const later of [COMPLETED, FAILED, CANCELLED]) {
        const item = await store.end('a', at(1), { ...later, by: 'run-9' }, responseOf(2, 'response-2'));
        expect(item).toEqual(before);
        expect(item?.call.end).toEqual(end);
      }
      expect(await store.get('a', at(1))).toEqual(before);
    });

    test('exactly one of many concurrent results and cancellations wins', async () => {
      await putCall();
      const ends = Array.from({ length: 20 }, (_, index) => {
        const by = `run-${index}`;
        return index % 3 === 0
          ? store.end('a', at(1), { status: 'cancelled', by })
          : store.end('a', at(1), { status: 'completed', by }, responseOf(index, `response-${index}`));
      });
      const items = await Promise.all(ends);
      const winners = new Set(items.map((item) => item?.call.end?.by));
      expect(winners.size).toBe(1);
      const item = await store.get('a', at(1));
      expect(winners).toEqual(new Set([item?.call.end?.by]));
      expect(item?.records).toHaveLength(item?.call.end?.status === 'cancelled' ? 1 : 2);
    });

    test('a call past its deadline accepts no result, no cancellation and no progress', async () => {
      const item = await putCall(1, 60);
      clock.advance(59_999);
      expect(await store.setProgress('a', at(1), { progress: 1 })).toBe(true);
      clock.advance(1);
      expect(await store.end('a', at(1), COMPLETED, responseOf(1))).toMatchObject({ records: item.records });
      expect(await store.end('a', at(1), CANCELLED)).toMatchObject({ records: item.records });
      expect(await store.setProgress('a', at(1), { progress: 2 })).toBe(true);
      const { call } = (await store.get('a', at(1))) as CallItem;
      expect(call).toEqual({ ...item.call, progress: { progress: 1 } });
    });

    test('a call that waits for its client expires at the end of its hold', async () => {
      const item = await putCall(1, 10, 60);
      expect(await store.get('a', at(1))).toEqual(item);
      clock.advance(10_000);
      expect(await store.handOver('a', at(1))).toEqual(item);
      expect(await store.end('a', at(1), COMPLETED, responseOf(1))).toEqual(item);
    });

    test('a delivered call keeps its own deadline, however often it is delivered', async () => {
      const { call, ...item } = await putCall(1, 10, 60);
      clock.advance(9_999);
      const handedOver = { ...item, call: { messageId: 'call-1', deadline: call.answerBy } };
      for (let times = 0; times < 2; times++) expect(await store.handOver('a', at(1))).toEqual(handedOver);
      await store.hold('a', at(1), clock.now() + 1);
      clock.advance(50_000);
      expect(await store.get('a', at(1))).toEqual(handedOver);
      expect(await store.end('a', at(1), COMPLETED, responseOf(1))).toMatchObject({ call: { end: COMPLETED } });
    });

    test('a call whose client has left can be held from then on, but not beyond its deadline', async () => {
      const { call } = await putCall(1, 60, 60);
      await store.hold('a', at(1), clock.now() + 90_000);
      expect((await store.get('a', at(1)))?.call).toEqual(call);
      await store.hold('a', at(1), clock.now() + 10_000);
      const held = { ...call, deadline: clock.now() + 10_000 };
      expect((await store.get('a', at(1)))?.call).toEqual(held);
      await store.end('a', at(1), CANCELLED);
      await store.hold('a', at(1), clock.now() + 5_000);
      expect((await store.handOver('a', at(1)))?.call).toEqual({ ...held, end: CANCELLED });
    });

    test('an unknown call can be neither held nor delivered', async () => {
      await store.hold('a', at(1), clock.now() + 1_000);
      expect(await store.handOver('a', at(1))).toBeUndefined();
      expect(await store.get('a', at(1))).toBeUndefined();
    });

    test('progress only increases, and does not change after the call has ended', async () => {
      await putCall();
      const progress = async () => (await store.get('a', at(1)))?.call.progress;
      await store.setProgress('a', at(1), { progress: 1, total: 3, message: 'one' });
      expect(await progress()).toEqual({ progress: 1, total: 3, message: 'one' });
      await store.setProgress('a', at(1), { progress: 0.5 });
      await store.setProgress('a', at(1), { progress: 1 });
      expect(await progress()).toEqual({ progress: 1, total: 3, message: 'one' });
      await store.setProgress('a', at(1), { progress: 2 });
      await store.end('a', at(1), COMPLETED, responseOf(1));
      expect(await store.setProgress('a', at(1), { progress: 3 })).toBe(true);
      expect(await progress()).toEqual({ progress: 2 });
    });

    test('a call expires with its history', async () => {
      await putCall(1, HISTORY_SECONDS);
      await store.end('a', at(1), COMPLETED, responseOf(1));
      clock.advance(HISTORY_SECONDS * 1_000);
      expect(await store.get('a', at(1))).toBeUndefined();
      expect((await history.page('a', { limit: 10 })).rows).toEqual([]);
    });

    test('a call that was removed because its post failed is unknown', async () => {
      await putCall();
      await history.remove('a', at(1));
      expect(await store.end('a', at(1), COMPLETED, responseOf(1))).toBeUndefined();
      expect(await store.get('a', at(1))).toBeUndefined();
    });

    test('a wait for an ended or unknown call returns at once', async () => {
      await putCall();
      await store.end('a', at(1), CANCELLED);
      expect(await store.waitForEnd('a', at(1), clock.now() + 20_000)).toEqual(await store.get('a', at(1)));
      expect(await store.waitForEnd('a', at(2), clock.now() + 20_000)).toBeUndefined();
      expect(clock.slept).toEqual([]);
    });

    test('whatever clients and callers do concurrently, a call ends exactly once', async () => {
      let seq = 0;
      const step = fc.oneof(
        fc.record({ does: fc.constant('end' as const), status: fc.constantFrom('completed', 'failed', 'cancelled') }),
        fc.record({ does: fc.constant('progress' as const), progress: fc.integer({ min: 0, max: 9 }) }),
        fc.record({ does: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 4 }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          seq += 1;
          const { call } = await putCall(seq, 10);
          let end: CallEnd | undefined;
          let furthest: number | undefined;
          for (const [index, one] of steps.entries()) {
            const isPending = end === undefined && clock.now() < call.deadline;
            if (one.does === 'wait') clock.advance(one.seconds * 1_000);
            else if (one.does === 'progress') {
              await store.setProgress('a', at(seq), { progress: one.progress });
              if (isPending) furthest = Math.max(furthest ?? one.progress, one.progress);
            } else {
              const given = { status: one.status, by: `run-${index}` } as CallEnd;
              await store.end('a', at(seq), given, responseOf(index));
              if (isPending) end = given;
            }
            const now = (await store.get('a', at(seq)))?.call;
            expect(now?.end).toEqual(end);
            expect(now?.progress?.progress).toBe(furthest);
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}
