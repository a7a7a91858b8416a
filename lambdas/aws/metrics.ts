/**
 * Log events that are also metrics. What API Gateway, Lambda and DynamoDB already measure (messages, latency, function errors, throttles)
 * is not counted again: custom metrics cost money, and so does a log line per message.
 */
import type { LogFields } from '../ports/runtime';

/** Namespace in CloudWatch. */
export const METRICS_NAMESPACE = 'Switchboard';

/** Dimension that separates stacks in one account and region. */
export const METRICS_DIMENSION = 'stack';

type Values = Readonly<Record<string, 'Count' | 'Seconds'>>;

/** Each event is counted under its own name. Fields that are measured too are listed with their CloudWatch unit. */
export const METRICS: ReadonlyMap<string, Values> = new Map<string, Values>([
  ['connected', {}],
  ['connection_refused', { unauthorized: 'Count' }],
  ['disconnected', { seconds: 'Seconds' }],
  ['gone', {}],
  ['broadcast', { recipients: 'Count', delivered: 'Count', gone: 'Count', failed: 'Count' }],
  ['broadcast_segment', { recipients: 'Count', delivered: 'Count', gone: 'Count', failed: 'Count' }],
  ['welcome_given_up', {}],
]);

/** All errors share one metric; the log line has the details. */
const ERRORS: { name: string; values: Values } = { name: 'errors', values: {} };

interface LoggedEvent {
  event: string;
  level: 'info' | 'warn' | 'error';
  fields: LogFields;
  /** The name of the stack. */
  stack?: string;
  /** Milliseconds since 1970. */
  now: number;
}

/** Fields that turn a log line into a metric, in CloudWatch's embedded metric format; undefined for other events. */
export function metricsOf({ event, level, fields, stack, now }: LoggedEvent): Record<string, unknown> | undefined {
  const values = METRICS.get(event);
  const metric = level === 'error' ? ERRORS : values && { name: event, values };
  if (!metric) return undefined;
  const units = Object.entries(metric.values).filter(([field]) => typeof fields[field] === 'number');
  // Prefixed with the event, so that `seconds` of two events stay separate.
  const measured = units.map(([field, unit]) => ({ name: `${event}_${field}`, unit, value: fields[field] }));
  return {
    [metric.name]: 1,
    ...Object.fromEntries(measured.map(({ name, value }) => [name, value])),
    [METRICS_DIMENSION]: stack,
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: METRICS_NAMESPACE,
          Dimensions: [stack === undefined ? [] : [METRICS_DIMENSION]],
          Metrics: [
            { Name: metric.name, Unit: 'Count' },
            ...measured.map(({ name, unit }) => ({ Name: name, Unit: unit })),
          ],
        },
      ],
    },
  };
}
