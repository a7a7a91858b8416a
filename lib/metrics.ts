/** Metrics of this deployment: the platform's, and the few that functions write with their logs. */
import { Duration, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_DIMENSION, METRICS_NAMESPACE } from '../lambdas/aws/metrics';
import type { FunctionName } from '../lambdas/routes';
import type { Data } from './data';
import type { Functions } from './functions';
import type { HttpGateway } from './http-gateway';
import type { WebSocketAddress } from './websocket-address';

/** Period of every metric: one minute would show little more and make alarms flap. */
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

/** Metrics from the functions' logs (`lambdas/aws/metrics.ts`), for what the platform does not measure. */
type EventMetric =
  | 'gone'
  | 'welcome_given_up'
  | 'errors'
  | 'connection_refused_unauthorized'
  | `broadcast_${BroadcastOutcome}`
  | `broadcast_segment_${BroadcastOutcome}`;

type FunctionMetric = 'Invocations' | 'Errors' | 'Throttles';

/** Without labels: each graph labels its own lines. */
export class Metrics {
  constructor(private readonly observed: Observed) {}

  ofFunction(name: FunctionName, metric: FunctionMetric): Metric {
    return this.observed.functions.of(name).lambda.metric(metric, { statistic: Stats.SUM, period: PERIOD });
  }

  durationOf(name: FunctionName, percentile: number): Metric {
    const { lambda } = this.observed.functions.of(name);
    return lambda.metricDuration({ statistic: Stats.percentile(percentile), period: PERIOD });
  }

  /** Our functions only, not the account: another stack's throttles are not ours. @param names  at most 10, the limit of an alarm */
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

  /** Lambda counts every throw as an error, and an authorizer must throw to answer 401: subtract those. */
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

  /** Clients that a broadcast tried, inline or in background tasks. */
  ofBroadcasts(outcome: BroadcastOutcome): MathExpression {
    const [inline, tasks] = [`${outcome}_inline`, `${outcome}_by_tasks`]; // ids must be unique within a graph
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

  /** Connects minus disconnects since the left edge of the graph. A client without a $disconnect is still counted. */
  changeInClients(): MathExpression {
    return new MathExpression({
      expression: 'RUNNING_SUM(FILL(connects, 0) - FILL(disconnects, 0))',
      usingMetrics: {
        connects: this.ofFunction('websocket/connect', 'Invocations'),
        disconnects: this.ofFunction('websocket/disconnect', 'Invocations'),
      },
      label: 'clients, relative to the left edge',
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
