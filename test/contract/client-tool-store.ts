/** What every ClientToolStore must do: one suite for all implementations. */
import { CLIENT_TOOLS_SECONDS, type ClientTool, type ClientToolStore } from '../../lambdas/ports/client-tool-store';
import type { FakeClock } from '../support/fake-clock';

export interface ClientToolStoreUnderTest {
  store: ClientToolStore;
  clock: FakeClock;
  close(): Promise<void>;
}

const OPEN_PAGE: ClientTool = {
  name: 'open_page',
  description: 'Öffnet eine Seite 🙂',
  inputSchema: { type: 'object', properties: { page: { type: 'integer' } } },
};

/** @param create  creates an empty store that nothing else uses */
export function describeClientToolStore(name: string, create: () => Promise<ClientToolStoreUnderTest>): void {
  describe(`tools of clients ${name}`, () => {
    let store: ClientToolStore;
    let clock: FakeClock;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, clock, close } = await create());
    });
    afterEach(() => close());

    test('a client that registered no tools has none', async () => {
      expect(await store.get('a')).toBeUndefined();
    });

    test('each client’s tools are returned as they were set', async () => {
      await store.set('a', [OPEN_PAGE, { name: 'close' }]);
      await store.set('b', []);
      expect(await store.get('a')).toEqual([OPEN_PAGE, { name: 'close' }]);
      expect(await store.get('b')).toEqual([]);
    });

    test('new tools replace the earlier ones', async () => {
      await store.set('a', [OPEN_PAGE]);
      await store.set('a', [{ name: 'close' }]);
      expect(await store.get('a')).toEqual([{ name: 'close' }]);
    });

    test('tools expire a month after they were registered', async () => {
      await store.set('a', [OPEN_PAGE]);
      clock.advance(CLIENT_TOOLS_SECONDS * 1_000 - 1_000);
      expect(await store.get('a')).toEqual([OPEN_PAGE]);
      clock.advance(1_000);
      expect(await store.get('a')).toBeUndefined();
    });
  });
}
