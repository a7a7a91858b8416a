/** The CloudWatch dashboard: connected clients, latency, failures, and links to more detail. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  type Metric,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type FunctionName, functionNames } from '../lambdas/routes';
import { ACCESSES, type Metrics, type Observed, PERIOD, TABLES } from './metrics';

export interface DashboardProps {
  observed: Observed;
  metrics: Metrics;
  alarms: readonly Alarm[];
}

const PERCENTILES = [50, 95, 99];

/** The grid has 24 columns. */
const HALF = 12;
const THIRD = 8;

export class Dashboard extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { observed, metrics, alarms }: DashboardProps) {
    super(scope, id);
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(3),
      widgets: [
        [
          new TextWidget({ width: HALF, height: 6, markdown: introduction(observed) }),
          new AlarmStatusWidget({ width: HALF, height: 6, title: 'Alarms', alarms: [...alarms] }),
        ],
        clients(metrics),
        latencies(metrics),
        failures(metrics),
        pushes(metrics, observed),
        tables(metrics),
        logs(observed),
      ],
    });
    const { region } = Stack.of(this);
    this.url = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard.dashboardName}`;
  }
}

function introduction({ address, http, functions }: Observed): string {
  const { region, stackName } = Stack.of(address);
  const console = `https://${region}.console.aws.amazon.com`;
  return [
    `# ${stackName}`,
    `Clients: \`${address.url}\`, [HTTP API](${http.url}), [its documentation](${http.url}/docs)`,
    '',
    '| If | then |',
    '|---|---|',
    `| an alarm is red | its description says what callers notice and what to do ([alarms](${console}/cloudwatch/home?region=${region}#alarmsV2:)) |`,
    `| it began with a deployment | deploy the previous version ([events of the stack](${console}/cloudformation/home?region=${region}#/stacks)) |`,
    `| one client has a problem | run the saved query "${stackName}/One client" ([Logs Insights](${console}/cloudwatch/home?region=${region}#logsV2:logs-insights)) |`,
    `| answers are slow | compare the durations below; with tracing=yes, open a slow trace ([X-Ray](${console}/cloudwatch/home?region=${region}#xray:traces/query)) |`,
    `| there are dead letters | read them, then repeat or delete them (${functions.deadLetters.queueName} among the [queues](${console}/sqs/v3/home?region=${region}#/queues)) |`,
    `| clients are refused | run the saved query "${stackName}/Refused": 401 and 403 are tokens and keys, 429 are throttles, which are settings |`,
  ].join('\n');
}

function clients(metrics: Metrics): IWidget[] {
  return [
    graph('Connects and disconnects', THIRD, {
      left: [
        named('connect', metrics.ofFunction('websocket/connect', 'Invocations')),
        named('disconnect', metrics.ofFunction('websocket/disconnect', 'Invocations')),
      ],
      right: [metrics.changeInClients()],
    }),
    graph('Messages', THIRD, {
      left: [
        named('from clients', metrics.ofFunction('websocket/message', 'Invocations')),
        named('both directions', metrics.ofWebSocket('MessageCount')),
      ],
    }),
    new SingleValueWidget({
      title: 'In this time range',
      width: THIRD,
      height: 6,
      setPeriodToTimeRange: true,
      metrics: [
        named('connects', metrics.ofWebSocket('ConnectCount')),
        named('messages', metrics.ofFunction('websocket/message', 'Invocations')),
        named('HTTP calls', metrics.ofHttp('Count')),
        named('clients found gone', metrics.ofEvent('gone')),
      ],
    }),
  ];
}

function latencies(metrics: Metrics): IWidget[] {
  return [
    graph('Answers to messages, ms', THIRD, { left: percentiles((p) => metrics.latencyOfWebSocket(p)) }),
    graph('Of which in the function, ms', THIRD, {
      left: percentiles((p) => metrics.durationOf('websocket/message', p)),
    }),
    graph('HTTP calls, ms', THIRD, { left: percentiles((p) => metrics.latencyOfHttp(p)) }),
  ];
}

function failures(metrics: Metrics): IWidget[] {
  return [
    graph('Function errors', THIRD, {
      left: functionNames.map((name) => named(name, metrics.ofFunction(name, 'Errors'))),
      right: [named('in their logs', metrics.ofEvent('errors'))],
    }),
    graph('Function throttles', THIRD, {
      left: functionNames.map((name) => named(name, metrics.ofFunction(name, 'Throttles'))),
    }),
    graph('Errors that callers saw', THIRD, {
      left: [
        named('WebSocket: refused', metrics.ofWebSocket('ClientError')),
        named('WebSocket: the function failed', metrics.ofWebSocket('IntegrationError')),
        named('WebSocket: the function was not reached', metrics.ofWebSocket('ExecutionError')),
        named('HTTP: 4xx', metrics.ofHttp('4xx')),
        named('HTTP: 5xx', metrics.ofHttp('5xx')),
      ],
    }),
  ];
}

function pushes(metrics: Metrics, observed: Observed): IWidget[] {
  return [
    // From the log, because pushes have no metric: it costs nothing until somebody looks.
    query('Pushes to one client', THIRD, observed, ['http/push'], {
      view: LogQueryVisualizationType.LINE,
      lines: ['filter ispresent(function) and message = "pushed"', 'stats count(*) as pushed by bin(5m)'],
    }),
    graph('Broadcasts: clients', THIRD, {
      left: [metrics.ofBroadcasts('delivered'), metrics.ofBroadcasts('gone'), metrics.ofBroadcasts('failed')],
    }),
    graph('Background tasks', THIRD, {
      left: [
        named('welcome', metrics.ofFunction('websocket/welcome', 'Invocations')),
        named('welcome, the client was gone', metrics.ofEvent('welcome_given_up')),
        named('broadcast segment', metrics.ofFunction('broadcasts/segment', 'Invocations')),
      ],
      right: [named('dead letters', metrics.deadLetters())],
    }),
  ];
}

function tables(metrics: Metrics): IWidget[] {
  return [
    graph('DynamoDB: units consumed', HALF, {
      left: eachAccess((table, access) => metrics.ofTable(table, `Consumed${access}CapacityUnits`)),
    }),
    graph('DynamoDB: throttled requests', HALF, {
      left: eachAccess((table, access) => metrics.ofTable(table, `${access}ThrottleEvents`)),
    }),
  ];
}

function logs(observed: Observed): IWidget[] {
  return [
    query('Broadcasts, latest first', HALF, observed, ['http/push', 'broadcasts/segment'], {
      lines: [
        'filter ispresent(function) and message like /^broadcast/',
        'fields @timestamp, message, segment, recipients, delivered, gone, failed',
        'sort @timestamp desc',
        'limit 50',
      ],
    }),
    query('Errors, latest first', HALF, observed, functionNames, {
      lines: [
        // Lambda itself logs whatever is thrown, including an authorizer's 401, but without the field `function`.
        'filter level = "ERROR" and ispresent(function)',
        'fields @timestamp, function, message, error.name, error.message, route, client_id, request_id',
        'sort @timestamp desc',
        'limit 50',
      ],
    }),
  ];
}

function named(label: string, metric: Metric): Metric {
  return metric.with({ label });
}

function percentiles(metricOf: (percentile: number) => Metric): Metric[] {
  return PERCENTILES.map((percentile) => named(`p${percentile}`, metricOf(percentile)));
}

function eachAccess(metricOf: (table: (typeof TABLES)[number], access: (typeof ACCESSES)[number]) => Metric): Metric[] {
  return TABLES.flatMap((table) =>
    ACCESSES.map((access) => named(`${table}, ${access.toLowerCase()}s`, metricOf(table, access))),
  );
}

function graph(title: string, width: number, { left, right }: { left: IMetric[]; right?: IMetric[] }): GraphWidget {
  return new GraphWidget({ title, width, height: 6, left, right, period: PERIOD, leftYAxis: { min: 0 } });
}

function query(
  title: string,
  width: number,
  { functions }: Observed,
  of: readonly FunctionName[],
  { lines, view = LogQueryVisualizationType.TABLE }: { lines: string[]; view?: LogQueryVisualizationType },
): LogQueryWidget {
  const logGroupNames = of.map((name) => functions.of(name).logGroup.logGroupName);
  return new LogQueryWidget({ title, width, height: 6, view, logGroupNames, queryLines: lines });
}
