/**
 * Which events of the log are metrics too. What API Gateway, Lambda and DynamoDB measure by themselves (messages, latency,
 * errors of functions, throttles) is not counted again: a custom metric costs money, and so does a line a message.
 */
import type { LogFields } from '../runtime';

/** Namespace in CloudWatch. */
export const METRICS_NAMESPACE = 'Switchboard';

type Values = Readonly<Record<string, 'Count' | 'Seconds'>>;

/** Beside being counted under its own name, an event can have fields that are values: their units, as CloudWatch names them. */
export const METRICS: ReadonlyMap<string, Values> = new Map<string, Values>([
  ['connected', {}],
  ['connection_refused', { unauthorized: 'Count' }],
  ['disconnected', { seconds: 'Seconds' }],
  ['gone', {}],
  ['broadcast', { recipients: 'Count', delivered: 'Count', gone: 'Count', failed: 'Count' }],
  ['broadcast_segment', { recipients: 'Count', delivered: 'Count', gone: 'Count', failed: 'Count' }],
  ['welcome_given_up', {}],
]);

/** Errors of all kinds under one name; the line says which. */
const ERRORS: { name: string; values: Values } = { name: 'errors', values: {} };

/**
 * What makes a line a metric, in CloudWatch's embedded metric format; nothing for an event that is none.
 * @param now  milliseconds since 1970
 */
export function metricsOf(
  event: string,
  level: 'info' | 'error',
  fields: LogFields,
  now: number,
): Record<string, unknown> {
  const values = METRICS.get(event);
  const metric = level === 'error' ? ERRORS : values && { name: event, values };
  if (!metric) return {};
  const units = Object.entries(metric.values).filter(([field]) => typeof fields[field] === 'number');
  // A value's name begins with its event's, so that the seconds of one event are not those of another.
  const measured = units.map(([field, unit]) => ({ name: `${event}_${field}`, unit, value: fields[field] }));
  return {
    [metric.name]: 1,
    ...Object.fromEntries(measured.map(({ name, value }) => [name, value])),
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: METRICS_NAMESPACE,
          Dimensions: [[]],
          Metrics: [
            { Name: metric.name, Unit: 'Count' },
            ...measured.map(({ name, unit }) => ({ Name: name, Unit: unit })),
          ],
        },
      ],
    },
  };
}
