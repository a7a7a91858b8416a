/** The ledger of a run detects the faults that it is there for. */
import { Ledger, type Shown } from './ledger';

const push = (messageId: string, seq: number, number: number): Shown => ({
  ...{ type: 'chat_message', messageId, seq, epoch: 'e', id: `push:ts-0:${number}`, isBroadcast: false },
});

const answer = (messageId: string, seq: number): Shown => ({
  ...push(messageId, seq, 0),
  type: 'chat_response',
  id: CHAT,
});

const CHAT = 'chat:ts-0:1';

function booksOf(
  fill: (ledger: Ledger) => void,
  runs: Parameters<Ledger['close']>[0] = [],
  hadOutage: (time: number) => boolean = () => false,
) {
  const ledger = new Ledger();
  ledger.addClient('ts-0');
  fill(ledger);
  const { faults } = ledger.close(runs, hadOutage);
  return Object.entries(faults).flatMap(([kind, found]) => (found.length > 0 ? [kind] : []));
}

const run = (startedAt: number, life = 1) => ({ id: CHAT, life, startedAt });

it.each<[string, (ledger: Ledger) => void, string[]]>([
  [
    'all is well',
    (ledger) => {
      ledger.pushed('ts-0', 'push:ts-0:1', 'm1');
      ledger.broadcast('news:1', 'b1');
      ledger.shown('ts-0', push('m1', 1, 1), 1);
      ledger.shown('ts-0', { type: 'news', messageId: 'b1', id: 'news:1', isBroadcast: true }, 2);
    },
    [],
  ],
  ['a push that nobody saw', (ledger) => ledger.pushed('ts-0', 'push:ts-0:1', 'm1'), ['lost']],
  ['a broadcast that nobody saw', (ledger) => ledger.broadcast('news:1', 'b1'), ['lost']],
  ['a message without an answer', (ledger) => ledger.sent('ts-0', CHAT), ['lost']],
  [
    'a frame shown again',
    (ledger) => {
      ledger.shown('ts-0', push('m1', 1, 1), 1);
      ledger.shown('ts-0', push('m1', 1, 1), 2);
    },
    ['twice', 'outOfOrder'],
  ],
  [
    'a broadcast shown again',
    (ledger) => {
      const news = { type: 'news', messageId: 'b1', id: 'news:1', isBroadcast: true };
      ledger.shown('ts-0', news, 1);
      ledger.shown('ts-0', news, 2);
    },
    ['twice'],
  ],
  [
    'a push under two ids, though each call had its answer',
    (ledger) => {
      ledger.shown('ts-0', push('m1', 1, 1), 1);
      ledger.shown('ts-0', push('m2', 2, 1), 2);
    },
    ['twice'],
  ],
  [
    'two answers to one message',
    (ledger) => {
      ledger.shown('ts-0', answer('a1', 1), 1);
      ledger.shown('ts-0', answer('a2', 2), 2);
    },
    ['twice'],
  ],
  [
    'frames by falling numbers',
    (ledger) => {
      ledger.shown('ts-0', push('m2', 2, 1), 1);
      ledger.shown('ts-0', push('m1', 1, 2), 2);
    },
    ['outOfOrder'],
  ],
  [
    'pushes in another order than they were accepted in',
    (ledger) => {
      ledger.shown('ts-0', push('m1', 1, 2), 1);
      ledger.shown('ts-0', push('m2', 2, 1), 2);
    },
    ['outOfOrder'],
  ],
  ['frames that may be lost', (ledger) => ledger.recovery('ts-0', false, 0, 'expired'), ['other']],
])('%s', (_, fill, faults) => {
  expect(booksOf(fill)).toEqual(faults);
});

it.each<[string, ReturnType<typeof run>[], answeredAt: number, string[]]>([
  ['once', [run(1)], 2, []],
  ['twice by one process', [run(1), run(3)], 5, ['handledTwice']],
  ['again by the next process, though the answer was shown', [run(1), run(3, 2)], 2, ['handledTwice']],
  ['again by the next process, before any answer was shown', [run(1), run(3, 2)], 5, []],
])('a message that is handled %s', (_, runs, answeredAt, faults) => {
  expect(booksOf((ledger) => ledger.shown('ts-0', answer('a1', 1), answeredAt), runs)).toEqual(faults);
});

it.each<[string, number, string[]]>([
  ['during an outage is excused', 4, []],
  ['after an outage is a fault', 9, ['handledTwice']],
])('a message that is handled again, after it first started %s', (_, begun, faults) => {
  const during = (time: number) => time >= 3 && time <= 6;
  expect(booksOf((ledger) => ledger.shown('ts-0', answer('a1', 1), 50), [run(begun), run(40)], during)).toEqual(faults);
});

it('a message that was handled before an outage and again during it is a fault', () => {
  const during = (time: number) => time >= 3 && time <= 6;
  expect(booksOf((ledger) => ledger.shown('ts-0', answer('a1', 1), 50), [run(1), run(5)], during)).toEqual([
    'handledTwice',
  ]);
});
