/** The contracts of all stores, on those that are on disk. */
import { newFolder, openStores, removeFolders } from '../support/data-folder';
import { describeAnswerStore } from './answer-store';
import { describeBroadcastStore } from './broadcast-store';
import { describeCallStore } from './call-store';
import { describeClientStore } from './client-store';
import { describeClientToolStore } from './client-tool-store';
import { describeGroupStore } from './group-store';
import { describeHistoryStore } from './history-store';
import { HISTORY_SECONDS, RATE_LIMIT } from './under-test';

async function create() {
  const { clients, clientTools, history, calls, broadcasts, groups, answers, clock, close } = await openStores(
    newFolder(),
    {
      historySeconds: HISTORY_SECONDS,
      rateLimit: RATE_LIMIT,
    },
  );
  return { clients, clientTools, history, calls, broadcasts, groups, answers, clock, close };
}

afterAll(removeFolders);

describeClientStore('on disk', async () => {
  const { clients: store, clock, close } = await create();
  return { store, clock, close };
});

describeHistoryStore('on disk', async () => {
  const { history: store, clock, close } = await create();
  return { store, clock, close };
});

describeBroadcastStore('on disk', async () => {
  const { broadcasts: store, clock, close } = await create();
  return { store, clock, close };
});

describeGroupStore('on disk', async () => {
  const { groups: store, clock, close } = await create();
  return { store, clock, close };
});

describeAnswerStore('on disk', async () => {
  const { answers: store, clock, close } = await create();
  return { store, clock, close };
});

describeCallStore('on disk', async () => {
  const { calls: store, history, clock, close } = await create();
  return { store, history, clock, close };
});

describeClientToolStore('on disk', async () => {
  const { clientTools: store, clock, close } = await create();
  return { store, clock, close };
});
