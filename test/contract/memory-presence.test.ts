/** The contract of presence, on the store in memory. */
import { createMemoryPresence } from '../../local/memory/memory-presence';
import { createFakeClock } from '../support/fake-clock';
import { describePresenceStore, MAX_WATCHERS } from './presence-store';

describePresenceStore('in memory', async () => {
  const clock = createFakeClock();
  return { store: createMemoryPresence({ clock, maxWatchers: MAX_WATCHERS }), clock, close: async () => {} };
});
