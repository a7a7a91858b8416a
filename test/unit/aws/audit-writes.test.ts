/** Writes to the audit log, counted by partition. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamoHistory } from '../../../lambdas/aws/dynamodb-history';
import { AUDIT } from '../../../lambdas/ports/history-store';
import { createFakeClock } from '../../support/fake-clock';

interface Batch {
  input: { RequestItems: Record<string, { PutRequest: { Item: { client_id: string; expires_at: number } } }[]> };
}

test('2,000 audited calls in a second cause fewer than 200 writes to any partition, and each entry expires with the history', async () => {
  const clock = createFakeClock();
  const writes = new Map<string, number>();
  const ends = new Set<number>();
  async function send({ input }: Batch) {
    for (const { PutRequest } of input.RequestItems.t ?? []) {
      const { client_id: partition, expires_at } = PutRequest.Item;
      writes.set(partition, (writes.get(partition) ?? 0) + 1);
      ends.add(expires_at);
    }
    return {};
  }
  const client = { send } as unknown as DynamoDBDocumentClient;
  const history = createDynamoHistory({ client, messagesTable: 't', historySeconds: 60, clock });
  const record = { direction: 'in', messageId: 'm', type: 'audit', data: {}, timestamp: '', size: 9 } as const;
  for (let call = 0; call < 2_000; call++) await history.append([{ clientId: AUDIT, records: [record] }]);
  const counts = [...writes.values()];
  expect(counts.reduce((sum, one) => sum + one, 0)).toBe(2_000);
  expect(Math.max(...counts)).toBeLessThan(200);
  expect([...writes.keys()].every((partition) => partition.startsWith(`${AUDIT}#`))).toBe(true);
  expect([...ends]).toEqual([Math.floor(clock.now() / 1_000) + 60]);
});
