import { pollUntil } from '../../../lambdas/delivery/poll';
import { createFakeClock } from '../../support/fake-clock';

/** The times of store reads for a call that ends at the given time, in milliseconds after its start. */
async function looksOf(endsAfter: number): Promise<number[]> {
  const clock = createFakeClock();
  const begun = clock.now();
  const looks: number[] = [];
  const look = async () => {
    const elapsed = clock.now() - begun;
    looks.push(elapsed);
    return elapsed >= endsAfter;
  };
  await pollUntil(clock, begun + 25_000, look, true);
  return looks;
}

it('reads a call of 300 ms five times', async () => {
  expect(await looksOf(300)).toEqual([60, 120, 180, 240, 300]);
});

it.each([500, 700, 1_000, 3_000, 6_000])(
  'notices the end of a call of %i ms at most 15 % and 60 ms late',
  async (endsAfter) => {
    expect((await looksOf(endsAfter)).at(-1)).toBeLessThanOrEqual(endsAfter * 1.15 + 60);
  },
);

it('reads a call that lasts the whole wait at most 50 times', async () => {
  const looks = await looksOf(25_000);
  expect(looks.length).toBeLessThanOrEqual(50);
  expect(looks.at(-1)).toBe(25_000);
});
