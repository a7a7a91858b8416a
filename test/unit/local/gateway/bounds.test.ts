import { DEFAULT_BOUNDS, shareDescriptors } from '../../../../local/gateway/bounds';
import { descriptorLimit } from '../../../../local/gateway/descriptors';

it('fewer descriptors mean fewer connections, and some always stay free for other uses', () => {
  for (const limit of [128, 256, 1_024, 4_096, 20_000, 1_048_576, Number.POSITIVE_INFINITY]) {
    const { connections, waiting, http } = shareDescriptors(
      { connections: DEFAULT_BOUNDS.connections, http: 2_048 },
      limit,
    );
    expect(connections + waiting + http).toBeLessThanOrEqual(limit - 60);
    expect(connections).toBeLessThanOrEqual(DEFAULT_BOUNDS.connections);
    expect(Math.min(connections, waiting, http)).toBeGreaterThan(0);
  }
});

it('a setting below what the descriptors allow is used unchanged', () => {
  expect(shareDescriptors({ connections: 50, http: 7 }, 20_000)).toMatchObject({ connections: 50, http: 7 });
});

it('the limit of this process is known', () => {
  expect(descriptorLimit()).toBeGreaterThan(100);
});
