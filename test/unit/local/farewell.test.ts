import { createFarewell } from '../../../local/farewell';

/** The `after_ms` of each client. */
function timesOf(seconds: number, startMs: number, count: number): number[] {
  const farewell = createFarewell(seconds, startMs);
  return Array.from({ length: count }, (_, index) => JSON.parse(farewell(index, count)).data.after_ms);
}

it('spreads clients over the configured seconds, starting at one second', () => {
  expect(timesOf(8, 300, 4)).toEqual([1_000, 3_000, 5_000, 7_000]);
});

it('gives a server that starts slowly time to start, and still has its clients back by the same time', () => {
  expect(timesOf(5, 2_000, 3)).toEqual([3_000, 4_000, 5_000]);
  expect(timesOf(5, 60_000, 2)).toEqual([8_000, 8_003]);
  expect(timesOf(0, 60_000, 1)).toEqual([8_000]);
});

it.each([
  [0, 0],
  [5, 0],
  [5, 60_000],
])('never lets more than 400 clients a second come back (%i s, started in %i ms)', (seconds, startMs) => {
  const times = timesOf(seconds, startMs, 4_000);
  const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
  expect(most).toBeLessThanOrEqual(400);
});
