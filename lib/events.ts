/** Events for the team: DynamoDB streams, the function that reads them, and an EventBridge bus. Created only if a setting asks for it. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { EventBus, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Data } from './data';
import { eventBusOf } from './function-table';
import { eventVariables, type Functions } from './functions';
import type { Resources } from './resources';
import type { Settings } from './settings';
import { SwitchboardFunction } from './switchboard-function';

/** Same as in `lambdas/aws/eventbridge-bus.ts`. */
const SOURCE = 'switchboard';

const there = { S: [{ exists: true }] };
const absent = { S: [{ exists: false }] };

/** Clients that connect or disconnect. Messages change client items too, but not these attributes, so they are filtered out. */
const PRESENCE = [
  { eventName: ['INSERT'], dynamodb: { NewImage: { connection_id: there } } },
  { eventName: ['MODIFY'], dynamodb: { OldImage: { connection_id: absent }, NewImage: { connection_id: there } } },
  { eventName: ['MODIFY'], dynamodb: { OldImage: { connection_id: there }, NewImage: { connection_id: absent } } },
  { eventName: ['MODIFY'], dynamodb: { NewImage: { connection_id: there, message_count: { N: ['0'] } } } }, // replaced
];

/** Messages, ended calls, and broadcast segments. */
const MESSAGES = [
  { eventName: ['INSERT'], dynamodb: { Keys: { sort_key: { S: [{ prefix: 'seq#' }] } } } },
  { eventName: ['MODIFY'], dynamodb: { OldImage: { call_status: absent }, NewImage: { call_status: there } } },
  {
    eventName: ['INSERT', 'MODIFY'],
    dynamodb: { Keys: { client_id: { S: [{ prefix: 'broadcast#' }] }, sort_key: { S: [{ prefix: 'segment#' }] } } },
  },
];

export interface EventsProps {
  data: Data;
  resources: Resources;
  functions: Functions;
  settings: Settings;
}

export class Events extends Construct {
  readonly publisher: SwitchboardFunction;
  readonly busName: string;
  /** Where events wait for a service, if enabled. */
  readonly queue: Queue | undefined;
  /** Events that the rule could not deliver to the queue. */
  readonly undelivered: Queue | undefined;

  constructor(scope: Construct, id: string, { data, resources, functions, settings }: EventsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.busName = eventBusOf(stack, settings);
    const bus = settings.event_bus === undefined && new EventBus(this, 'Bus', { eventBusName: this.busName });
    const streams = [data.clients, data.messages].map(({ tableStreamArn = '' }) => tableStreamArn);
    this.publisher = new SwitchboardFunction(this, 'Publish', {
      name: 'events/publish',
      resources,
      settings,
      deadLetters: functions.deadLetters,
      environment: { ...eventVariables(stack, settings), EVENTS: settings.events.join(',') },
      streams,
    });
    if (bus) this.publisher.node.addDependency(bus);
    this.read('Clients', streams[0] ?? '', PRESENCE, functions.deadLetters);
    this.read('Messages', streams[1] ?? '', MESSAGES, functions.deadLetters);
    if (!settings.event_queue) return;
    this.undelivered = this.createQueue('Undelivered', Duration.days(14));
    Validations.of(this.undelivered).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue of the rule.',
    });
    this.queue = this.createQueue('Queue', Duration.days(4), this.undelivered);
    this.createRule(bus || EventBus.fromEventBusName(this, 'Bus', this.busName), this.queue, this.undelivered);
  }

  /** Splits a failed batch in two and retries for 12 hours. Records behind it wait meanwhile; a stream keeps records for 24 hours. */
  private read(id: string, eventSourceArn: string, filters: readonly object[], deadLetters: Queue): void {
    new EventSourceMapping(this, id, {
      target: this.publisher.live,
      eventSourceArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(1),
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      maxRecordAge: Duration.hours(12),
      onFailure: new SqsDlq(deadLetters),
      filters: filters.map((filter) => FilterCriteria.filter(filter as Record<string, never>)),
    });
  }

  private createQueue(id: string, retentionPeriod: Duration, undelivered?: Queue): Queue {
    return new Queue(this, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod,
      ...(undelivered && { deadLetterQueue: { queue: undelivered, maxReceiveCount: 10 } }),
    });
  }

  /** An example for the team's own rules: all events to one queue. */
  private createRule(eventBus: IEventBus, queue: Queue, undelivered: Queue): void {
    const target = new SqsQueue(queue, {
      deadLetterQueue: undelivered,
      maxEventAge: Duration.hours(24),
      retryAttempts: 185,
    });
    new Rule(this, 'ToQueue', {
      description: 'All Switchboard events, to a queue',
      eventBus,
      eventPattern: { source: [SOURCE] },
      targets: [target],
    });
  }
}
