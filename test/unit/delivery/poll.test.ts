import { pollUntil } from '../../../lambdas/delivery/poll';
import { createFakeClock } from '../../support/fake-clock';

/** When the store is read, in milliseconds after the start of a call that ends then. */
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

it('a call of 300 ms is read five times', async () => {
  expect(await looksOf(300)).toEqual([60, 120, 180, 240, 300]);
});

it.each([500, 700, 1_000, 3_000, 6_000])(
  'a call of %i ms is answered at most 15 % and 60 ms later',
  async (endsAfter) => {
    expect((await looksOf(endsAfter)).at(-1)).toBeLessThanOrEqual(endsAfter * 1.15 + 60);
  },
);

it('a call that takes the whole wait is read at most 50 times', async () => {
  const looks = await looksOf(25_000);
  expect(looks.length).toBeLessThanOrEqual(50);
  expect(looks.at(-1)).toBe(25_000);
});
