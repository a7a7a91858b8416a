/** A thousand replies of 500 tokens whose pieces are shuffled, duplicated and dropped. */
import { streamMangled } from '../support/mangled-streams';

it('1,000 replies of 500 tokens are complete at their end, and never wrong before', async () => {
  const outcome = await streamMangled(1_000, 500, 2);
  expect(outcome).toMatchObject({ texts: 1_000, equal: 1_000, wrong: 0 });
  expect(outcome.posts).toBeLessThanOrEqual(45);
});
