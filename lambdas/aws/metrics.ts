/**
 * Which log events are metrics too. What API Gateway, Lambda and DynamoDB measure themselves (messages, latency, function errors,
 * throttles) is not counted again: custom metrics cost money, and so does a log line a message.
 */
import type { LogFields } from '../ports/runtime';

/** Namespace in CloudWatch. */
export const METRICS_NAMESPACE = 'Switchboard';

/** Tells the metrics of one stack from those of another in the same account and region. */
export const METRICS_DIMENSION = 'stack';

type Values = Readonly<Record<string, 'Count' | 'Seconds'>>;

/** Each event is counted under its own name; fields that are values as well are listed with CloudWatch's name of their unit. */
export const METRICS: ReadonlyMap<string, Values> = new Map<string, Values>([
  ['connected', {}],
  ['connection_refused', { unauthorized: 'Count' }],
  ['disconnected', { seconds: 'Seconds' }],
  ['gone', {}],
  ['broadcast', { recipients: 'Count', delivered: 'Count', gone: 'Count', failed: 'Count' }],
  ['broadcast_segment', { recipients: 'Count', delivered: 'Count', gone: 'Count', failed: 'Count' }],
  ['welcome_given_up', {}],
]);

/** All errors share one metric; the log line says which. */
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

/** The fields that make a log line a metric, in CloudWatch's embedded metric format; undefined for other events. */
export function metricsOf({ event, level, fields, stack, now }: LoggedEvent): Record<string, unknown> | undefined {
  const values = METRICS.get(event);
  const metric = level === 'error' ? ERRORS : values && { name: event, values };
  if (!metric) return undefined;
  const units = Object.entries(metric.values).filter(([field]) => typeof fields[field] === 'number');
  // Prefixed by the event, so that the seconds of two events stay apart.
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
