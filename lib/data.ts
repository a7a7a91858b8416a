/** The two tables: who is connected, and what was said. Their keys are those that the stores use. */
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { TABLES, type TableSchema } from '../lambdas/sessions/tables';
import type { Settings } from './settings';

export class Data extends Construct {
  readonly sessions: Table;
  readonly messages: Table;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.sessions = new Table(this, 'Sessions', {
      ...propsOf(TABLES.sessions),
      removalPolicy: RemovalPolicy.DESTROY, // with the stack go the connections that it lists
    });
    Validations.of(this.sessions).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason: 'Holds only who is connected at this moment: a table restored from the past would list the dead.',
    });
    this.messages = new Table(this, 'Messages', {
      ...propsOf(TABLES.messages),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: settings.retain_messages ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}

function propsOf({ partitionKey, sortKey, ttlAttribute }: TableSchema) {
  return {
    partitionKey: { name: partitionKey, type: AttributeType.STRING },
    sortKey: sortKey === undefined ? undefined : { name: sortKey, type: AttributeType.STRING },
    timeToLiveAttribute: ttlAttribute,
    billingMode: BillingMode.PAY_PER_REQUEST,
  };
}
