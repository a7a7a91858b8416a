/** What a part of the bench measures. */
import { barsPlan, messagesOf } from '../../../bench/plan';

it('measures with --messages the rates and latencies of the plan, and nothing else', () => {
  const { steps, memory, rounds } = messagesOf(barsPlan);
  const kept = barsPlan.steps.filter(({ rateSeconds, latencyMessages }) => rateSeconds ?? latencyMessages);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(barsPlan.steps.length);
  expect(steps).toEqual(kept.map(({ broadcasts: _, ...step }) => step));
  expect([memory.at, rounds]).toEqual([[], barsPlan.rounds]);
});
