/** Clients that cannot be reached, on a deployed stack: only rows in its tables, without a connection. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamoClients } from '../../lambdas/aws/dynamodb-clients';
import { createDynamoGroups } from '../../lambdas/aws/dynamodb-groups';
import { createDynamoPresence } from '../../lambdas/aws/dynamodb-presence';
import { systemClock as clock, isoTime } from '../../lambdas/ports/runtime';

export interface UnreachableOptions {
  clientId?: string;
  /** A group that the client is in. */
  group?: string;
  /** Whether it also watches this group. */
  watches?: boolean;
}

const CONNECTION = 'neverwas';

/** Writes sessions of clients that cannot be reached. @returns their ids */
export async function openUnreachable(
  count: number,
  { clientId, group, watches = false }: UnreachableOptions = {},
): Promise<string[]> {
  const dynamo = new DynamoDBClient({});
  try {
    const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
    const tableOf = (name: string) => TableNames.find((one) => one.includes(name)) ?? `no table of ${name}`;
    const [clientsTable, messagesTable] = [tableOf('Clients'), tableOf('Messages')];
    const client = DynamoDBDocumentClient.from(dynamo);
    const clients = createDynamoClients({ client, clock, clientsTable, historySeconds: 60 });
    const groups = createDynamoGroups({ client, clock, messagesTable });
    const presence = createDynamoPresence({ client, clock, messagesTable });
    const connectedAt = isoTime(clock.now() - 600_000); // old enough for a 410 to be believed

    async function open(): Promise<string> {
      const id = clientId ?? randomUUID();
      await clients.connect({ clientId: id, connectionId: CONNECTION, connectedAt, labels: [] });
      if (group !== undefined) await groups.join(id, [group]);
      if (group !== undefined && watches) await presence.watch(group, { clientId: id, connectionId: CONNECTION });
      return id;
    }
    return await Promise.all(Array.from({ length: count }, open));
  } finally {
    dynamo.destroy();
  }
}
