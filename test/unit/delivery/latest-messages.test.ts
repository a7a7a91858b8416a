import { latestMessages } from '../../../lambdas/delivery/latest-messages';
import type { HistoryRecord, HistoryStore } from '../../../lambdas/ports/history-store';
import type { PageRequest } from '../../../lambdas/ports/page';
import { createTestHistory } from '../../support/fakes';

const isChat = ({ type }: HistoryRecord) => type === 'chat_message';

/** A history of these message types, oldest first, and the pages that were read. */
async function prepare(types: readonly string[]) {
  const store = createTestHistory();
  for (const [index, type] of types.entries()) {
    const timestamp = new Date(index).toISOString();
    const record = { direction: 'in', messageId: `m-${index}`, type, data: {}, timestamp, size: 10 } as const;
    await store.append([{ clientId: 'a', records: [record] }]);
  }
  const read: PageRequest[] = [];
  const history = {
    page(clientId: string, page: PageRequest) {
      read.push(page);
      return store.page(clientId, page);
    },
  } as HistoryStore;
  return { history, read };
}

const idsOf = (records: readonly HistoryRecord[]) => records.map(({ messageId }) => messageId);

it('returns the latest messages, oldest first, with one read', async () => {
  const { history, read } = await prepare(['chat_message', 'tool_call', 'chat_message']);
  expect(idsOf(await latestMessages(history, 'a', 2))).toEqual(['m-1', 'm-2']);
  expect(read).toEqual([{ limit: 2 }]);
});

it('reads on until it has enough matching messages, and returns no more than that', async () => {
  const { history, read } = await prepare(['chat_message', 'chat_message', 'chat_message', ...Array(150).fill('tool')]);
  expect(idsOf(await latestMessages(history, 'a', 2, isChat))).toEqual(['m-1', 'm-2']);
  expect(read.map(({ limit }) => limit)).toEqual([2, 100, 100]);
});

it('stops after ten reads', async () => {
  const { history, read } = await prepare(['chat_message', ...Array(980).fill('tool')]);
  expect(await latestMessages(history, 'a', 2, isChat)).toEqual([]);
  expect(read).toHaveLength(10);
});

it('returns what a short history has', async () => {
  const { history, read } = await prepare(['tool', 'chat_message']);
  expect(idsOf(await latestMessages(history, 'a', 20, isChat))).toEqual(['m-1']);
  expect(read).toHaveLength(1);
});
