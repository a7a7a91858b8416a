/** Replies of 500 tokens whose pieces are shuffled, duplicated and dropped: each text is complete at its end, and never wrong before. */
import { streamMangled } from '../support/mangled-streams';

it('50 replies of 500 tokens are complete, and take at most 45 posts each', async () => {
  const outcome = await streamMangled(50, 500, 1);
  expect(outcome).toMatchObject({ texts: 50, equal: 50, wrong: 0 });
  expect(outcome.posts).toBeLessThanOrEqual(45);
  for (const fault of [outcome.dropped, outcome.doubled, outcome.shuffled]) expect(fault).toBeGreaterThan(50);
});
