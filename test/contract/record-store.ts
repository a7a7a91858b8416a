/** What every RecordStore must do: one suite for all implementations. */
import type { RecordStore } from '../../lambdas/ports/record-store';
import type { FakeClock } from '../support/fake-clock';

export interface RecordStoreUnderTest {
  store: RecordStore;
  clock: FakeClock;
  close(): Promise<void>;
}

/** @param create  creates an empty store that nothing else uses */
export function describeRecordStore(name: string, create: () => Promise<RecordStoreUnderTest>): void {
  describe(`records ${name}`, () => {
    let store: RecordStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    test('a record is found by its kind and name', async () => {
      const record = { name: 'acme', value: { scopes: ['read'], rate: 5 } };
      expect(await store.put('key', record)).toBe(true);
      expect(await store.get('key', 'acme')).toEqual(record);
      expect(await store.get('revocation', 'acme')).toBeUndefined();
      expect(await store.get('key', 'other')).toBeUndefined();
    });

    test('a list has all records of its kind, sorted by name', async () => {
      for (const record of ['c', 'a', 'b']) await store.put('key', { name: record, value: {} });
      await store.put('revocation', { name: 'd', value: {} });
      expect((await store.list('key')).map(({ name: one }) => one)).toEqual(['a', 'b', 'c']);
    });

    test('a record replaces the one before', async () => {
      await store.put('key', { name: 'a', value: { n: 1 } });
      await store.put('key', { name: 'a', value: { n: 2 } });
      expect(await store.list('key')).toEqual([{ name: 'a', value: { n: 2 } }]);
    });

    test('a record that must be new is not written if its name is taken', async () => {
      expect(await store.put('key', { name: 'a', value: { n: 1 } }, 'free')).toBe(true);
      expect(await store.put('key', { name: 'a', value: { n: 2 } }, 'free')).toBe(false);
      expect(await store.get('key', 'a')).toMatchObject({ value: { n: 1 } });
    });

    test('of several concurrent writes of a new name exactly one wins', async () => {
      const puts = [1, 2, 3, 4].map((n) => store.put('key', { name: 'a', value: { n } }, 'free'));
      expect((await Promise.all(puts)).filter(Boolean)).toHaveLength(1);
    });

    test('a conditional write replaces only the expected record', async () => {
      const [first, second] = [1, 2].map((n) => ({ name: 'a', value: { n, scopes: ['read'] } }));
      if (!first || !second) throw new Error('two records');
      expect(await store.put('key', second, first)).toBe(false);
      expect(await store.get('key', 'a')).toBeUndefined();
      await store.put('key', first);
      expect(await store.put('key', second, first)).toBe(true);
      expect(await store.put('key', first, first)).toBe(false);
      expect(await store.list('key')).toEqual([second]);
    });

    test('a record disappears at its end, and its name is free', async () => {
      await store.put('key', { name: 'a', value: {}, expiresAt: clock.now() + 5_000 });
      clock.advance(4_999);
      expect(await store.get('key', 'a')).toMatchObject({ name: 'a' });
      clock.advance(2);
      expect(await store.get('key', 'a')).toBeUndefined();
      expect(await store.list('key')).toEqual([]);
      clock.advance(1_000); // some stores keep the name until the next second
      expect(await store.put('key', { name: 'a', value: { n: 2 } }, 'free')).toBe(true);
    });

    test('a record can be deleted once', async () => {
      await store.put('key', { name: 'a', value: {} });
      expect(await store.delete('key', 'a')).toBe(true);
      expect(await store.get('key', 'a')).toBeUndefined();
      expect(await store.delete('key', 'a')).toBe(false);
    });
  });
}
