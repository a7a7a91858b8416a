/** The inbox of the TypeScript client: order, duplicates and gaps, whatever the order of arrival. */
import * as fc from 'fast-check';
import { Inbox, type Received } from '../../clients/typescript/src/inbox';
import type { Frame } from '../../clients/typescript/src/types';
import type { Greeting } from '../../clients/typescript/src/wire';

const durable = (seq: number, epoch = 'e'): Frame => ({
  type: 'push',
  data: {},
  messageId: `${epoch}${seq}`,
  epoch,
  seq,
});
const wire = ({ messageId, ...frame }: Frame) => ({ ...frame, message_id: messageId });
const received = (frame: Frame, voids: number[] = []): Received => ({ frame, voids });
const greeting = (seq: number) => ({ epoch: 'e', seq }) as Greeting & { epoch: string };

function createInbox(seq = 0) {
  const shown: string[] = [];
  const repeats: string[] = [];
  const inbox = new Inbox({
    show: ({ messageId }) => shown.push(String(messageId)),
    repeat: ({ messageId }) => repeats.push(String(messageId)),
  });
  inbox.begin(greeting(seq), []);
  return { inbox, shown, repeats };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

it('shows frames once and in order, in whatever order and however often they arrive', () => {
  const arrivals = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 });
  fc.assert(
    fc.property(arrivals, (order) => {
      const { inbox, shown } = createInbox();
      for (const seq of order) inbox.take(received(durable(seq)), false);
      const missing = numbers(21).find((seq) => !order.includes(seq)) as number;
      expect(shown).toEqual(numbers(missing - 1).map((seq) => `e${seq}`));
      expect(inbox.position?.seq).toBe(missing - 1);
      expect(inbox.hasHole).toBe(order.some((seq) => seq > missing));
    }),
  );
});

it('void positions are not gaps, whenever they are named', () => {
  const parts = fc.shuffledSubarray(numbers(12), { minLength: 12 });
  fc.assert(
    fc.property(parts, fc.subarray(numbers(12).slice(0, -1)), (order, voids) => {
      const { inbox, shown } = createInbox();
      const frames = order.filter((seq) => !voids.includes(seq));
      for (const seq of frames)
        inbox.take(
          received(
            durable(seq),
            voids.filter((number) => number < seq),
          ),
          false,
        );
      expect(shown).toEqual([...frames].sort((a, b) => a - b).map((seq) => `e${seq}`));
      expect(inbox.position?.seq).toBe(12);
      expect(inbox.hasHole).toBe(false);
    }),
  );
});

it('an answer to a resume closes every gap up to its position, and counts what only it brought', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 10 })), (before) => {
      const { inbox, shown } = createInbox();
      for (const seq of before) inbox.take(received(durable(seq)), false);
      const count = inbox.apply({
        recovered: true,
        epoch: 'e',
        seq: 10,
        frames: numbers(10).map((seq) => wire(durable(seq))),
      });
      expect(shown).toEqual(numbers(10).map((seq) => `e${seq}`));
      expect(count).toBe(10 - before.length);
      expect(inbox.position?.seq).toBe(10);
    }),
  );
});

it('shows nothing more once it is stopped, even in the middle of a sequence', () => {
  const shown: number[] = [];
  const inbox: Inbox = new Inbox({
    show: ({ seq }) => {
      shown.push(seq as number);
      inbox.isStopped = seq === 2;
    },
    repeat: () => {},
  });
  inbox.begin(greeting(0), []);
  for (const seq of [3, 2, 1]) inbox.take(received(durable(seq)), false);
  expect(shown).toEqual([1, 2]);
});

it('goes back with a server that lost positions, and shows those that it assigns again', () => {
  const { inbox, shown } = createInbox(9);
  inbox.apply({ recovered: false, reason: 'unknown_position', epoch: 'e', seq: 4, frames: [] });
  inbox.take(received({ ...durable(5), messageId: 'new' }), false);
  expect(shown).toEqual(['new']);
});

it('continues where an answer ends, even if that is before its broadcasts', () => {
  const { inbox } = createInbox(9);
  inbox.take(received({ ...durable(0), epoch: undefined, seq: undefined, broadcast: '5', messageId: 'b5' }), false);
  expect(inbox.position?.broadcast).toBe('5');
  inbox.apply({ recovered: true, epoch: 'e', seq: 9, frames: [], broadcast: '3~', more: true });
  expect(inbox.position?.broadcast).toBe('3~');
});

describe('broadcasts that were shown', () => {
  const START = Date.UTC(2026, 0, 1);
  const broadcast = (number: number, at: number): Frame => ({
    ...{ type: 'news', data: {}, messageId: `b${number}`, broadcast: String(at).padStart(13, '0') },
    timestamp: new Date(START + at).toISOString(),
  });
  const replay = (frames: Frame[]) => ({ recovered: true, epoch: 'e', seq: 0, frames: frames.map(wire) });

  it('are remembered at 10 a second for 10 minutes, whatever else arrived meanwhile', () => {
    const { inbox, shown } = createInbox();
    const sent = numbers(6_000).map((number) => broadcast(number, number * 100));
    for (const frame of sent) {
      inbox.take(received(frame), false);
      inbox.take(received({ type: 'chat_delta', data: {}, messageId: `d${frame.messageId}` }), false);
    }
    expect(inbox.apply(replay(sent))).toBe(0);
    expect(shown).toHaveLength(12_000);
  });

  it('are remembered by the next program', () => {
    const { inbox } = createInbox();
    const sent = numbers(100).map((number) => broadcast(number, number));
    for (const frame of sent) inbox.take(received(frame), false);
    const next = createInbox();
    next.inbox.shown.restore(JSON.parse(JSON.stringify(inbox.shown.broadcasts)));
    next.inbox.apply(replay([...sent, broadcast(101, 101)]));
    expect(next.shown).toEqual(['b101']);
  });

  it('are forgotten once no server replays them', () => {
    const { inbox } = createInbox();
    const ids = () => inbox.shown.broadcasts.map(([id]) => id);
    for (const number of numbers(3)) inbox.take(received(broadcast(number, number * 600_000)), false);
    expect(ids()).toEqual(['b2', 'b3']);
    for (const number of numbers(20_000)) inbox.take(received(broadcast(10 + number, 1_800_000)), false);
    expect(ids()).toHaveLength(8_192);
  });
});

it('recognizes a repeat', () => {
  const { inbox, shown, repeats } = createInbox(5);
  inbox.take(received(durable(5)), false);
  expect({ shown, repeats }).toEqual({ shown: [], repeats: ['e5'] });
});
