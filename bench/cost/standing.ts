/** Fixed costs of an account without any traffic, counted from the stack's template. */
import { METRICS } from '../../lambdas/aws/metrics';
import { PRICES } from '../prices';

export interface Standing {
  /** Dollars per month. */
  dollars: number;
  /** What is counted, for readers. */
  description: string;
}

interface Resource {
  Type: string;
  /** For an alarm on an expression: the metrics in the expression, each of which is charged. */
  Properties?: { Metrics?: { MetricStat?: unknown }[] };
}

/** @param resources  of the template */
export function standingOf(resources: Record<string, Resource>): Standing {
  const all = Object.values(resources);
  const countOf = (type: string) => all.filter(({ Type }) => Type === type).length;
  const secrets = countOf('AWS::SecretsManager::Secret');
  const alarms = countOf('AWS::CloudWatch::Alarm');
  const watched = all
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties?.Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1)
    .reduce((sum, count) => sum + count, 0);
  const dashboards = countOf('AWS::CloudWatch::Dashboard');
  const metrics = [...METRICS.values()].reduce((sum, values) => sum + 1 + Object.keys(values).length, 1);
  return {
    dollars:
      secrets * PRICES.secretMonth +
      watched * PRICES.alarmMonth +
      dashboards * PRICES.dashboardMonth +
      metrics * PRICES.customMetricMonth,
    description: `${secrets} secrets, ${alarms} alarms of ${watched} metrics, ${dashboards} dashboard, up to ${metrics} custom metrics (charged only in the hours that have them)`,
  };
}
