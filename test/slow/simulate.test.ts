import { simulate } from '../../bench/simulate/simulate';

const OPTIONS = {
  connections: 4_000,
  seed: 5,
  contentLength: 100,
  tableWritesASecond: 40_000,
  memoryMegabytes: 1_769,
  coreMillisecondsAPost: 0.9,
};

describe('a simulated broadcast', () => {
  it('reaches every open connection once, removes those gone, and counts like the platform', async () => {
    const { summary, posts, population, database, functions, errors } = await simulate(OPTIONS);
    expect(population).toEqual({ living: 4_000 - posts.gone, reached: population.living, repeats: 0, goneLeft: 0 });
    expect(summary).toMatchObject({ recipients: 4_000, delivered: population.living, gone: posts.gone, failed: 0 });
    expect(posts.gone).toBeGreaterThan(0);
    expect(posts.accepted).toBe(4_000);
    expect(database.kept).toBe(population.living);
    expect(functions.invocations).toBe(16);
    expect(errors.size).toBe(0);
  });

  it('is identical for the same seed, and different for another', async () => {
    const [first, again, other] = [
      await simulate(OPTIONS),
      await simulate(OPTIONS),
      await simulate({ ...OPTIONS, seed: 6 }),
    ];
    expect(again).toEqual(first);
    expect(other.seconds).not.toBe(first.seconds);
  });

  it('keeps its tasks near the account’s rate, although no task knows of the others', async () => {
    const { seconds, quotaSeconds, posts } = await simulate({ ...OPTIONS, connections: 40_000 });
    expect(posts.accepted / seconds).toBeLessThanOrEqual(10_000 * (1 + 1 / quotaSeconds));
    expect(posts.throttled / posts.accepted).toBeLessThan(0.15);
  });

  it('reaches every client even if the history is slower than the posts', async () => {
    const { population, database } = await simulate({ ...OPTIONS, connections: 10_000, tableWritesASecond: 2_000 });
    expect(population.reached).toBe(population.living);
    expect(database.kept).toBeGreaterThan(population.living * 0.99);
  });
});
