/** What stands in an account without any traffic, counted in the template that `npm run synth` makes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '../../lambdas/functions/metrics';
import { PRICES } from '../prices';

export interface Standing {
  /** Dollars a month. */
  dollars: number;
  /** What is counted, for people. */
  description: string;
}

/** @returns undefined where nothing has been synthesized yet */
export function standingOf(folder: string): Standing | undefined {
  if (!existsSync(folder)) return undefined;
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
  if (file === undefined) return undefined;
  const { Resources } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const types = Object.values(Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  const countOf = (type: string) => types.filter((one) => one === type).length;
  const secrets = countOf('AWS::SecretsManager::Secret');
  const alarms = countOf('AWS::CloudWatch::Alarm');
  const dashboards = countOf('AWS::CloudWatch::Dashboard');
  const metrics = [...METRICS.values()].reduce((sum, values) => sum + 1 + Object.keys(values).length, 1);
  return {
    dollars:
      secrets * PRICES.secretMonth +
      alarms * PRICES.alarmMonth +
      dashboards * PRICES.dashboardMonth +
      metrics * PRICES.customMetricMonth,
    description: `${secrets} secrets, ${alarms} alarms, ${dashboards} dashboard, up to ${metrics} custom metrics (charged only in the hours that have them)`,
  };
}
