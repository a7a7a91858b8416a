/** The metrics of this deployment: the platform's own, and those few that functions write with their logs. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE } from '../lambdas/functions/metrics';
import type { Data } from './data';
import type { Entry } from './entries';
import type { Functions } from './functions';
import type { HttpGateway } from './http-gateway';
import type { WebSocketAddress } from './websocket-address';

/** Of every metric here: a minute would show little more, and make alarms nervous. */
export const PERIOD = Duration.minutes(5);

export const PERCENTILES = [50, 95, 99] as const;

export interface Observed {
  functions: Functions;
  data: Data;
  address: WebSocketAddress;
  http: HttpGateway;
}

/** What functions write (`lambdas/functions/metrics.ts`), where the platform does not measure it. */
export type EventMetric = 'gone' | 'welcome_given_up' | 'errors';

type FunctionMetric = 'Invocations' | 'Errors' | 'Throttles' | 'AsyncEventsReceived' | 'AsyncEventsDropped';

export class Metrics {
  constructor(private readonly observed: Observed) {}

  ofFunction(entry: Entry, name: FunctionMetric, label: string = entry): Metric {
    const { lambda } = this.observed.functions.of(entry);
    return lambda.metric(name, { statistic: Stats.SUM, period: PERIOD, label });
  }

  durationOf(entry: Entry, percentile: number): Metric {
    const { lambda } = this.observed.functions.of(entry);
    return lambda.metricDuration({ statistic: Stats.percentile(percentile), period: PERIOD, label: `p${percentile}` });
  }

  /** All functions of the account and region share what Lambda runs at a time, so that is what is watched. */
  throttlesOfAccount(): Metric {
    return new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: Stats.SUM, period: PERIOD });
  }

  ofEvent(name: EventMetric, label: string): Metric {
    return eventMetric(name, label);
  }

  /** Of those that a broadcast tried, whether in its own call or by background tasks. */
  ofBroadcasts(outcome: 'delivered' | 'gone' | 'failed'): MathExpression {
    const [inline, tasks] = [`${outcome}_inline`, `${outcome}_by_tasks`]; // ids have to differ within a graph
    return new MathExpression({
      expression: `FILL(${inline}, 0) + FILL(${tasks}, 0)`,
      usingMetrics: {
        [inline]: eventMetric(`broadcast_${outcome}`, outcome),
        [tasks]: eventMetric(`broadcast_segment_${outcome}`, outcome),
      },
      label: outcome,
      period: PERIOD,
    });
  }

  ofWebSocket(
    metricName: 'ConnectCount' | 'MessageCount' | 'ClientError' | 'IntegrationError' | 'ExecutionError',
    label: string,
  ): Metric {
    return this.webSocketMetric(metricName, Stats.SUM, label);
  }

  latencyOfWebSocket(percentile: number): Metric {
    return this.webSocketMetric('IntegrationLatency', Stats.percentile(percentile), `p${percentile}`);
  }

  ofHttp(metricName: 'Count' | '4xx' | '5xx', label: string): Metric {
    return this.httpMetric(metricName, Stats.SUM, label);
  }

  latencyOfHttp(percentile: number): Metric {
    return this.httpMetric('Latency', Stats.percentile(percentile), `p${percentile}`);
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

  consumed(table: 'sessions' | 'messages', kind: 'Read' | 'Write'): Metric {
    return this.observed.data[table].metric(`Consumed${kind}CapacityUnits`, {
      statistic: Stats.SUM,
      period: PERIOD,
      label: `${table}, ${kind.toLowerCase()}s`,
    });
  }

  /** Requests that DynamoDB turned away, of both tables. */
  throttlesOfTables(): MathExpression {
    const { sessions, messages } = this.observed.data;
    const usingMetrics: Record<string, IMetric> = {};
    for (const [name, table] of Object.entries({ sessions, messages })) {
      for (const kind of ['Read', 'Write']) {
        const metric = table.metric(`${kind}ThrottleEvents`, { statistic: Stats.SUM, period: PERIOD });
        usingMetrics[`${name}${kind}s`] = metric;
      }
    }
    const expression = Object.keys(usingMetrics)
      .map((name) => `FILL(${name}, 0)`)
      .join(' + ');
    return new MathExpression({ expression, usingMetrics, label: 'throttled requests', period: PERIOD });
  }

  deadLetters(): Metric {
    return this.observed.functions.deadLetters.metricApproximateNumberOfMessagesVisible({
      statistic: Stats.MAXIMUM,
      period: PERIOD,
      label: 'waiting in the queue',
    });
  }

  private webSocketMetric(metricName: string, statistic: string, label: string): Metric {
    const { api, stageName } = this.observed.address;
    return apiMetric(metricName, { ApiId: api.apiId, Stage: stageName }, statistic, label);
  }

  private httpMetric(metricName: string, statistic: string, label: string): Metric {
    return apiMetric(metricName, { ApiId: this.observed.http.api.apiId, Stage: '$default' }, statistic, label);
  }
}

function apiMetric(
  metricName: string,
  dimensionsMap: Record<string, string>,
  statistic: string,
  label: string,
): Metric {
  return new Metric({ namespace: 'AWS/ApiGateway', metricName, dimensionsMap, statistic, period: PERIOD, label });
}

function eventMetric(metricName: string, label: string): Metric {
  return new Metric({ namespace: METRICS_NAMESPACE, metricName, statistic: Stats.SUM, period: PERIOD, label });
}
