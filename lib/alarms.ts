/** CloudWatch alarms: each says what is wrong and what to do. Notifies the configured email address. */
import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { authorizers, functionNames } from '../lambdas/routes';
import type { Events } from './events';
import { idOf, optionsOf } from './function-table';
import { ACCESSES, type Metrics, PERIOD, TABLES } from './metrics';
import type { Settings } from './settings';

interface AlarmOptions {
  metric: IMetric;
  /** Alarms at this value or above. */
  threshold: number;
  /** Consecutive periods of the metric; default 1. */
  periods?: number;
  description: string;
}

/** One error may be a platform hiccup that callers retry; three in five minutes are not. */
const SOME_ERRORS = 3;

/** Milliseconds that an event may be late. */
const LATE_EVENTS = 600_000;

export class Alarms extends Construct {
  readonly all: Alarm[] = [];
  private readonly topic: Topic | undefined;

  constructor(scope: Construct, id: string, metrics: Metrics, settings: Settings, events?: Events) {
    super(scope, id);
    this.topic = settings.alarm_email === undefined ? undefined : this.createTopic(settings.alarm_email);
    this.watchFunctions(metrics);
    this.watchBackground(metrics);
    this.watchGateways(metrics, settings.latency_alarm_ms);
    this.watchTraffic(metrics, settings);
    this.watchTables(metrics);
    if (events) this.watchEvents(events);
  }

  private watchFunctions(metrics: Metrics): void {
    for (const name of functionNames) {
      const isAuthorizer = name === authorizers.webSocket;
      this.add(`${idOf(name)}Errors`, {
        metric: isAuthorizer ? metrics.errorsOfAuthorizer() : metrics.ofFunction(name, 'Errors'),
        threshold: SOME_ERRORS,
        description: `${optionsOf(name).whenItFails} The function ${name} crashed, timed out or was refused by another service: see its log. If this started with a deployment, roll back.`,
      });
    }
    this.add('LoggedErrors', {
      metric: metrics.ofEvent('errors'),
      threshold: SOME_ERRORS,
      description:
        'Functions logged errors that they handled: clients got internal_error, a push did not reach its client, or a message is missing from a history. The dashboard lists the latest errors with their causes.',
    });
    this.watchThrottles(metrics);
  }

  /** Three alarms, because an alarm can have at most 10 metrics. */
  private watchThrottles(metrics: Metrics): void {
    const of = (isOne: (folder: string | undefined) => boolean) =>
      metrics.throttlesOf(functionNames.filter((name) => isOne(name.split('/')[0])));
    const what =
      'reached their concurrency limit: reserved_concurrency or the quota of the account. Raise the setting, request a higher "concurrent executions" quota, or lower the rates.';
    this.add('FunctionThrottles', {
      metric: of((folder) => folder === 'websocket'),
      threshold: 1,
      description: `Lambda throttles handshakes, messages or greetings. Their functions ${what}`,
    });
    this.add('TaskFunctionThrottles', {
      metric: of((folder) => folder !== 'websocket' && folder !== 'http'),
      threshold: 1,
      description: `Lambda throttles background tasks: replies, broadcasts and presence are late. Their functions ${what}`,
    });
    this.add('HttpFunctionThrottles', {
      metric: of((folder) => folder === 'http'),
      threshold: 1,
      description: `Lambda throttles HTTP calls, which fail with a 503. Their functions ${what}`,
    });
  }

  private watchTraffic(metrics: Metrics, { messages_alarm, calls_alarm, refused_alarm }: Settings): void {
    const loudest = 'Run the saved query "Loudest": it names the clients and addresses with the most requests.';
    this.add('UnusualMessages', {
      metric: metrics.ofWebSocket('MessageCount'),
      threshold: messages_alarm,
      description: `There were ${messages_alarm} WebSocket messages or more in 5 minutes, in both directions. Each one is billed. ${loudest} Lower client_rate or message_rate, or raise messages_alarm if this is usual.`,
    });
    this.add('UnusualCalls', {
      metric: metrics.ofHttp('Count'),
      threshold: calls_alarm,
      description: `There were ${calls_alarm} HTTP calls or more in 5 minutes. ${loudest} Lower http_rate, or raise calls_alarm if this is usual.`,
    });
    this.add('WebSocketRefusals', {
      metric: metrics.ofWebSocket('ClientError'),
      threshold: refused_alarm,
      description: `The WebSocket API refused ${refused_alarm} requests or more in 5 minutes: handshakes without a valid token, or requests over a rate limit. Run the saved query "Refused": 401 from many addresses is a scan or an attack, 403 for one client_id is an old token, and 429 is connect_rate or message_rate.`,
    });
  }

  private watchBackground(metrics: Metrics): void {
    this.add('DeadLetters', {
      metric: metrics.deadLetters(),
      threshold: 1,
      description:
        'A background task failed on every attempt: a client was not greeted, or a broadcast stopped halfway. The message in the dead-letter queue holds the task and the error; repeat or delete it (docs/deploy.md).',
    });
  }

  private watchEvents({ publisher: { lambda }, undelivered }: Events): void {
    this.add('EventsPublishErrors', {
      metric: lambda.metricErrors({ statistic: Stats.SUM, period: PERIOD }),
      threshold: SOME_ERRORS,
      description: `${optionsOf('events/publish').whenItFails} See the log of events/publish.`,
    });
    this.add('EventsLate', {
      metric: lambda.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: PERIOD }),
      threshold: LATE_EVENTS,
      description:
        'Events are ten minutes late or more: the bus does not accept them, or there are more than one function can publish. Events older than 12 hours are dropped, and the dead-letter queue lists them.',
    });
    if (!undelivered) return;
    this.add('EventsUndelivered', {
      metric: undelivered.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: PERIOD }),
      threshold: 1,
      description:
        'An event did not reach the queue within a day, or was received from it ten times and never deleted.',
    });
  }

  private watchGateways(metrics: Metrics, slowMilliseconds: number): void {
    const look =
      'Compare the durations of functions on the dashboard; with tracing=yes, look at a slow trace in X-Ray.';
    this.add('SlowMessages', {
      metric: metrics.latencyOfWebSocket(95),
      threshold: slowMilliseconds,
      periods: 3,
      description: `For a quarter of an hour, 1 in 20 messages took ${slowMilliseconds} ms or more. ${look}`,
    });
    this.add('SlowCalls', {
      metric: metrics.latencyOfHttp(95),
      threshold: slowMilliseconds,
      periods: 3,
      description: `For a quarter of an hour, 1 in 20 HTTP calls took ${slowMilliseconds} ms or more. Calls with Prefer: wait include the wait; if many calls wait, raise latency_alarm_ms. ${look}`,
    });
    this.add('WebSocketExecutionErrors', {
      metric: metrics.ofWebSocket('ExecutionError'),
      threshold: SOME_ERRORS,
      description:
        'API Gateway could not call a function of the WebSocket API: it is throttled, or the stack was changed by hand. Check the throttles on the dashboard, then deploy again.',
    });
    this.add('HttpServerErrors', {
      metric: metrics.ofHttp('5xx'),
      threshold: SOME_ERRORS,
      description:
        'HTTP calls fail with a 5xx. The access log of the HTTP API has the route and the error; the log of the function behind the route has the cause.',
    });
  }

  private watchTables(metrics: Metrics): void {
    for (const table of TABLES) {
      for (const access of ACCESSES) {
        this.add(`${table}${access}Throttles`, {
          metric: metrics.ofTable(table, `${access}ThrottleEvents`),
          threshold: 10,
          description: `DynamoDB throttles ${access.toLowerCase()}s of the ${table} table, and callers wait for retries. After a sudden rise in traffic this ends within minutes, because the table scales with its load; if it does not, check the account's table quotas.`,
        });
      }
    }
  }

  private add(id: string, { metric, threshold, periods = 1, description }: AlarmOptions): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING, // no traffic is not an alarm
      alarmDescription: description,
    });
    if (this.topic) {
      alarm.addAlarmAction(new SnsAction(this.topic));
      alarm.addOkAction(new SnsAction(this.topic));
    }
    this.all.push(alarm);
  }

  private createTopic(email: string): Topic {
    // A key of its own would also encrypt the topic at rest; an alarm contains no data, and the key costs a dollar a month.
    const topic = new Topic(this, 'Topic', { enforceSSL: true });
    topic.addSubscription(new EmailSubscription(email));
    // enforceSSL adds a topic policy. With a policy in place, CloudWatch may publish only if the policy allows it.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return topic;
  }
}
