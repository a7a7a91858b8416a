/** Events from the stores of this process: which labels they have. */
import type { EventFacts } from '../../../../lambdas/events/event-facts';
import { createStoreWatch } from '../../../../local/events/store-watch';
import { createMemoryClients } from '../../../../local/memory/memory-clients';
import { createFakeClock } from '../../../support/fake-clock';

test('a client that was online when an earlier process ended is reported as disconnected, with its labels', () => {
  const added: EventFacts[] = [];
  const clock = createFakeClock(Date.now());
  const { presence } = createStoreWatch({ contents: false, clock, add: (facts) => added.push(facts) });
  const known = { epoch: 'e', seq: 1, ackedSeq: 0, numbers: undefined };
  createMemoryClients({
    clock,
    historySeconds: 60,
    presence,
    known: [
      { ...known, clientId: 'a', labels: ['acme'], expiresAt: Number.POSITIVE_INFINITY },
      { ...known, clientId: 'b', labels: ['bolt'], expiresAt: clock.now() + 60_000 },
    ],
  });
  expect(added).toMatchObject([{ type: 'client.disconnected', client: { clientId: 'a', labels: ['acme'] } }]);
});
