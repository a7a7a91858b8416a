import { joinAll } from '../../../bench/presence/storm';

it('1,000 clients that join a group in 60 s and watch it get at most 16,000 changes and 40 MB', async () => {
  const { changes, snapshots, told } = await joinAll(1_000, 60);
  expect(told).toBe(1_000); // every client hears of the last one
  expect(snapshots.posts).toBe(1_000);
  expect(changes.posts).toBeGreaterThan(10_000);
  expect(changes.posts).toBeLessThanOrEqual(16_000);
  expect(changes.bytes + snapshots.bytes).toBeLessThan(40_000_000);
});
