/** Order, retries and expiry of the events to one receiver, on a clock that the test moves. */
import type { EventFacts } from '../../../../lambdas/events/event-facts';
import { Deliveries } from '../../../../local/events/deliveries';
import type { Attempt } from '../../../../local/events/post-event';
import type { QueuedEvent } from '../../../../local/events/queued-event';
import { createFakeClock } from '../../../support/fake-clock';

const RETRY_FOR = 86_400_000;

/** Lets settled promises run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function prepare({ concurrency = 8 } = {}) {
  const clock = createFakeClock();
  const attempts: { event: QueuedEvent; end(attempt: Attempt): Promise<void> }[] = [];
  const ends: string[] = [];
  let last = 0;
  const deliveries = new Deliveries({
    concurrency,
    retryFor: RETRY_FOR,
    clock,
    attempt: (event) =>
      new Promise((resolve) => {
        attempts.push({
          event,
          end: async (attempt) => {
            resolve(attempt);
            await settle();
          },
        });
      }),
    delivered: ({ number }) => ends.push(`delivered ${number}`),
    retried: ({ number }) => ends.push(`retried ${number}`),
    failed: ({ number }, reason) => ends.push(`failed ${number}: ${reason}`),
  });

  function add(clientId: string, number = last + 1): QueuedEvent {
    last = Math.max(last, number);
    const facts: EventFacts = { type: 'client.disconnected', client: { clientId }, at: '' };
    const counted = { waiting: ['one'], failed: undefined, isDropped: false, batch: undefined };
    const event = { number, facts, bytes: 1, since: clock.now(), ...counted };
    deliveries.add(event);
    return event;
  }
  return { clock, attempts, ends, deliveries, add, numbers: () => attempts.map(({ event }) => event.number) };
}

const DELIVERED: Attempt = { isDelivered: true };
const REFUSED: Attempt = { isDelivered: false, reason: 'status 500' };

test("a client's next event waits for the earlier one and its retries; another client's does not", async () => {
  const { clock, attempts, ends, add, numbers } = prepare();
  add('a');
  add('a');
  add('b');
  expect(numbers()).toEqual([1, 3]);
  await attempts[0]?.end(REFUSED);
  await attempts[1]?.end(DELIVERED);
  expect(numbers()).toEqual([1, 3]);
  clock.advance(1_000);
  expect(numbers()).toEqual([1, 3, 1]);
  await attempts[2]?.end(DELIVERED);
  await attempts[3]?.end(DELIVERED);
  expect(ends).toEqual(['retried 1', 'delivered 3', 'delivered 1', 'delivered 2']);
});

test('a new event of a client does not shorten the wait before a retry', async () => {
  const { clock, attempts, add, numbers } = prepare();
  add('a');
  await attempts[0]?.end(REFUSED);
  add('a');
  expect(numbers()).toEqual([1]);
  clock.advance(1_000);
  expect(numbers()).toEqual([1, 1]);
});

test('at most as many requests are under way as the receiver allows', async () => {
  const { attempts, add, numbers } = prepare({ concurrency: 2 });
  for (const client of ['a', 'b', 'c', 'd']) add(client);
  expect(numbers()).toEqual([1, 2]);
  await attempts[1]?.end(DELIVERED);
  expect(numbers()).toEqual([1, 2, 3]);
});

test('the wait doubles with each retry up to a quarter of an hour, and the event fails after a day', async () => {
  const { clock, attempts, ends, add } = prepare();
  add('a');
  const second = add('a');
  const waits: number[] = [];
  while (attempts.at(-1)?.event.number === 1) {
    const count = attempts.length;
    await attempts.at(-1)?.end(REFUSED);
    let waited = 0;
    for (; attempts.length === count; waited += 100) clock.advance(100);
    waits.push(waited);
  }
  expect(ends.at(-1)).toBe('failed 1: status 500');
  for (const [index, waited] of waits.slice(0, -1).entries()) {
    const longest = Math.min(1_000 * 2 ** index, 900_000);
    expect(waited).toBeGreaterThanOrEqual(longest / 2);
    expect(waited).toBeLessThanOrEqual(longest + 100);
  }
  expect(waits.length).toBeGreaterThan(96);
  expect(clock.now() - second.since).toBeGreaterThanOrEqual(RETRY_FOR);
});

test('a receiver can ask for more time', async () => {
  const { clock, attempts, add, numbers } = prepare();
  add('a');
  await attempts[0]?.end({ ...REFUSED, retryAfterMs: 60_000 });
  clock.advance(59_000);
  expect(numbers()).toEqual([1]);
  clock.advance(1_000);
  expect(numbers()).toEqual([1, 1]);
});

test('a replayed event goes before waiting events, but not before one under way', async () => {
  const { attempts, add, numbers } = prepare();
  add('a', 5);
  add('a', 6);
  add('a', 2);
  await attempts[0]?.end(DELIVERED);
  await attempts[1]?.end(DELIVERED);
  expect(numbers()).toEqual([5, 2, 6]);
});

test('a dropped event is not sent, and the next one is', async () => {
  const { attempts, deliveries, add, numbers } = prepare();
  const first = add('a');
  const second = add('a');
  add('a');
  await attempts[0]?.end(REFUSED);
  deliveries.drop(first);
  expect(numbers()).toEqual([1, 2]);
  second.isDropped = true;
  deliveries.drop(second);
  await attempts[1]?.end(REFUSED);
  expect(numbers()).toEqual([1, 2, 3]);
});
