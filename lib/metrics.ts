/** The metrics of this deployment: the platform's own, and those few that functions write with their logs. */
import { Duration, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_DIMENSION, METRICS_NAMESPACE } from '../lambdas/aws/metrics';
import type { FunctionName } from '../lambdas/routes';
import type { Data } from './data';
import type { Functions } from './functions';
import type { HttpGateway } from './http-gateway';
import type { WebSocketAddress } from './websocket-address';

/** Of every metric here: a minute would show little more, and make alarms nervous. */
export const PERIOD = Duration.minutes(5);

export interface Observed {
  functions: Functions;
  data: Data;
  address: WebSocketAddress;
  http: HttpGateway;
}

export const TABLES = ['clients', 'messages'] as const;
export const ACCESSES = ['Read', 'Write'] as const;

type Table = (typeof TABLES)[number];
type Access = (typeof ACCESSES)[number];
type BroadcastOutcome = 'delivered' | 'gone' | 'failed';

/** What functions write (`lambdas/aws/metrics.ts`), where the platform does not measure it. */
type EventMetric =
  | 'gone'
  | 'welcome_given_up'
  | 'errors'
  | 'connection_refused_unauthorized'
  | `broadcast_${BroadcastOutcome}`
  | `broadcast_segment_${BroadcastOutcome}`;

type FunctionMetric = 'Invocations' | 'Errors' | 'Throttles';

/** Without labels: each graph names its own lines. */
export class Metrics {
  constructor(private readonly observed: Observed) {}

  ofFunction(name: FunctionName, metric: FunctionMetric): Metric {
    return this.observed.functions.of(name).lambda.metric(metric, { statistic: Stats.SUM, period: PERIOD });
  }

  durationOf(name: FunctionName, percentile: number): Metric {
    const { lambda } = this.observed.functions.of(name);
    return lambda.metricDuration({ statistic: Stats.percentile(percentile), period: PERIOD });
  }

  /** Of our own functions, and not of the account: another stack's throttles are not ours. @param names  10 at most, as in any alarm */
  throttlesOf(names: readonly FunctionName[]): MathExpression {
    const metrics = names.map((name, index) => [`f${index}`, this.ofFunction(name, 'Throttles')]);
    return new MathExpression({
      expression: `SUM([${metrics.map(([id]) => `FILL(${id}, 0)`).join(', ')}])`,
      usingMetrics: Object.fromEntries(metrics),
      period: PERIOD,
    });
  }

  ofEvent(metricName: EventMetric): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { [METRICS_DIMENSION]: Stack.of(this.observed.address).stackName },
      statistic: Stats.SUM,
      period: PERIOD,
    });
  }

  /** Lambda counts whatever is thrown, and an authorizer has to throw for a 401: so many are no errors. */
  errorsOfAuthorizer(): MathExpression {
    return new MathExpression({
      expression: 'errors - FILL(unauthorized, 0)',
      usingMetrics: {
        errors: this.ofFunction('websocket/authorize', 'Errors'),
        unauthorized: this.ofEvent('connection_refused_unauthorized'),
      },
      period: PERIOD,
    });
  }

  /** Of those that a broadcast tried, whether in its own call or by background tasks. */
  ofBroadcasts(outcome: BroadcastOutcome): MathExpression {
    const [inline, tasks] = [`${outcome}_inline`, `${outcome}_by_tasks`]; // ids have to differ within a graph
    return new MathExpression({
      expression: `FILL(${inline}, 0) + FILL(${tasks}, 0)`,
      usingMetrics: {
        [inline]: this.ofEvent(`broadcast_${outcome}`),
        [tasks]: this.ofEvent(`broadcast_segment_${outcome}`),
      },
      label: outcome,
      period: PERIOD,
    });
  }

  /** What connecting and leaving add up to since the left edge of a graph; a $disconnect that never came is missing. */
  changeInClients(): MathExpression {
    return new MathExpression({
      expression: 'RUNNING_SUM(FILL(connects, 0) - FILL(disconnects, 0))',
      usingMetrics: {
        connects: this.ofFunction('websocket/connect', 'Invocations'),
        disconnects: this.ofFunction('websocket/disconnect', 'Invocations'),
      },
      label: 'more clients than at the left edge',
      period: PERIOD,
    });
  }

  ofWebSocket(
    metricName: 'ConnectCount' | 'MessageCount' | 'ClientError' | 'IntegrationError' | 'ExecutionError',
  ): Metric {
    return this.webSocketMetric(metricName, Stats.SUM);
  }

  latencyOfWebSocket(percentile: number): Metric {
    return this.webSocketMetric('IntegrationLatency', Stats.percentile(percentile));
  }

  ofHttp(metricName: 'Count' | '4xx' | '5xx'): Metric {
    return this.httpMetric(metricName, Stats.SUM);
  }

  latencyOfHttp(percentile: number): Metric {
    return this.httpMetric('Latency', Stats.percentile(percentile));
  }

  ofTable(table: Table, name: `Consumed${Access}CapacityUnits` | `${Access}ThrottleEvents`): Metric {
    return this.observed.data[table].metric(name, { statistic: Stats.SUM, period: PERIOD });
  }

  deadLetters(): Metric {
    const { deadLetters } = this.observed.functions;
    return deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: PERIOD });
  }

  private webSocketMetric(metricName: string, statistic: string): Metric {
    const { api, stageName } = this.observed.address;
    return apiMetric(metricName, { ApiId: api.apiId, Stage: stageName }, statistic);
  }

  private httpMetric(metricName: string, statistic: string): Metric {
    return apiMetric(metricName, { ApiId: this.observed.http.api.apiId, Stage: '$default' }, statistic);
  }
}

function apiMetric(metricName: string, dimensionsMap: Record<string, string>, statistic: string): Metric {
  return new Metric({ namespace: 'AWS/ApiGateway', metricName, dimensionsMap, statistic, period: PERIOD });
}
