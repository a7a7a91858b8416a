/** Types of handlers and their results: those of a Lambda proxy integration. */
import type { Readable } from 'node:stream';
import type { InvocationContext } from './invocation-context';

export type Headers = Record<string, string | number | boolean>;

export type HandlerResult =
  | {
      statusCode?: number;
      headers?: Headers;
      body?: string;
      cookies?: string[];
      isBase64Encoded?: boolean;
      /** Instead of a body, for a streaming HTTP answer. The platform's HTTP APIs do not support this. */
      stream?: Readable;
    }
  | string
  | undefined;

/** Lambda's callback, for functions that return no promise. */
export type Callback<Result = HandlerResult> = (error?: Error | string | null, result?: Result) => void;

/**
 * A Lambda function. Its result is its return value or promise; if it returns nothing and has three parameters, the value that it
 * passes to its callback.
 */
export type Handler<Event, Result = HandlerResult> = (
  event: Event,
  context: InvocationContext,
  callback: Callback<Result>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that calls back returns nothing
) => Promise<Result> | void;

/** Called with errors of handlers; the client gets the platform's own answer, never the error. */
export type OnError = (route: string, error: unknown) => void;

/** Wraps any form of Lambda handler as one that returns its result. */
export type PromisedHandler<Event, Result = HandlerResult> = (
  event: Event,
  context: InvocationContext,
) => Promise<Result>;

/** Do this once per handler, not per call: reading the number of its parameters is not cheap. */
export function promised<Event, Result>(handler: Handler<Event, Result>): PromisedHandler<Event, Result> {
  if (handler.length < 3) return handler as PromisedHandler<Event, Result>;
  return (event, context) =>
    new Promise((resolve, reject) => {
      const returned: unknown = handler(event, context, (error, result) => {
        if (error) reject(error);
        else resolve(result as Result);
      });
      if (returned !== undefined) resolve(returned as Promise<Result>);
    });
}

/** Handlers by their keys. */
export function promisedAll<Event>(handlers: Record<string, Handler<Event> | undefined>) {
  const given = Object.entries(handlers).filter((entry): entry is [string, Handler<Event>] => entry[1] !== undefined);
  return new Map(given.map(([key, handler]) => [key, promised(handler)]));
}

/** The status of a result: 200 if the object has none, undefined if it is not a valid result. */
export function statusOf(result: HandlerResult): number | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const { statusCode = 200 } = result;
  return Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 599 ? statusCode : undefined;
}
