/** What the gateway calls, and what it takes as an answer: the shapes of a Lambda proxy integration. */
import type { InvocationContext } from './invocation-context';

export type Headers = Record<string, string | number | boolean>;

export type HandlerResult =
  | { statusCode?: number; headers?: Headers; body?: string; cookies?: string[]; isBase64Encoded?: boolean }
  | string
  | undefined;

/** As Lambda has it for functions that return no promise. */
export type Callback<Result = HandlerResult> = (error?: Error | string | null, result?: Result) => void;

/**
 * A function as Lambda calls it. Its result is what it returns, as a promise or at once; where it returns nothing and takes
 * three parameters, what it calls back with.
 */
export type Handler<Event, Result = HandlerResult> = (
  event: Event,
  context: InvocationContext,
  callback: Callback<Result>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that calls back returns nothing
) => Promise<Result> | void;

/** Told of whatever a handler throws; the client gets the platform's own answer, never the error. */
export type OnError = (route: string, error: unknown) => void;

/** Calls a handler in any of its forms. */
export function call<Event, Result>(
  handler: Handler<Event, Result>,
  event: Event,
  context: InvocationContext,
): Promise<Result> {
  if (handler.length < 3)
    return (handler as (event: Event, context: InvocationContext) => Promise<Result>)(event, context);
  return new Promise((resolve, reject) => {
    const returned: unknown = handler(event, context, (error, result) => {
      if (error) reject(error);
      else resolve(result as Result);
    });
    if (returned !== undefined) resolve(returned as Promise<Result>);
  });
}

/** The status of a result: 200 where an object has none, undefined for what is no result at all. */
export function statusOf(result: HandlerResult): number | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const { statusCode = 200 } = result;
  return Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 599 ? statusCode : undefined;
}
