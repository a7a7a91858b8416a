/** Keys that a test sets, and a source of them that counts reads. */
import type { KeySource, Keys } from '../../lambdas/ports/key-source';

export interface TestKeys extends KeySource {
  set(keys: Keys): void;
  /** Like a rotation while a source still caches the old keys: `get` returns those until `refresh` is called. */
  setUnnoticed(keys: Keys): void;
  refreshes(): number;
}

export function createTestKeys(keys: Keys): TestKeys {
  let inHand = keys;
  let actual = keys;
  let refreshes = 0;
  return {
    get: async () => inHand,
    async refresh() {
      refreshes += 1;
      inHand = actual;
      return inHand;
    },
    set(changed) {
      inHand = changed;
      actual = changed;
    },
    setUnnoticed(changed) {
      actual = changed;
    },
    refreshes: () => refreshes,
  };
}
