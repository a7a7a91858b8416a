/** The two tables, clients and messages, with the schemas that the stores use. A setting can substitute an existing table. */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TABLES, type TableSchema } from '../lambdas/aws/tables';
import type { Settings } from './settings';

export class Data extends Construct {
  readonly clients: ITable;
  readonly messages: ITable;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    // Not RETAIN, which would also keep the empty tables of a failed first deployment.
    const removalPolicy = settings.retain_messages ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    const hasStreams = settings.events.length > 0; // events come from the streams
    this.clients = this.table('Clients', TABLES.clients, settings.clients_table, removalPolicy, hasStreams);
    this.messages = this.table('Messages', TABLES.messages, settings.messages_table, removalPolicy, hasStreams);
  }

  /**
   * @param existing  name of an existing table to use instead of creating one
   */
  private table(
    id: string,
    schema: TableSchema,
    existing: string | undefined,
    removalPolicy: RemovalPolicy,
    hasStream: boolean,
  ): ITable {
    if (existing !== undefined) return Table.fromTableName(this, id, existing);
    const { partitionKey, sortKey, indexes = [], ttlAttribute } = schema;
    const table = new Table(this, id, {
      partitionKey: text(partitionKey),
      sortKey: sortKey === undefined ? undefined : text(sortKey),
      timeToLiveAttribute: ttlAttribute,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
      ...(hasStream && { stream: StreamViewType.NEW_AND_OLD_IMAGES }),
    });
    for (const index of indexes) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: text(index.partitionKey),
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...index.projects],
      });
    }
    return table;
  }
}

function text(name: string) {
  return { name, type: AttributeType.STRING };
}
