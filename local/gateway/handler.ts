/** What the gateway calls, and what it takes as an answer: the shapes of a Lambda proxy integration. */
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
      /** In the place of a body, for an answer over HTTP that goes on. The platform's HTTP APIs have none. */
      stream?: Readable;
    }
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

/** A handler that returns its result, whichever of Lambda's forms it has. */
export type PromisedHandler<Event, Result = HandlerResult> = (
  event: Event,
  context: InvocationContext,
) => Promise<Result>;

/** To be done once for a handler, and not at each call: how many parameters it takes is no cheap question. */
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

/** The status of a result: 200 where an object has none, undefined for what is no result at all. */
export function statusOf(result: HandlerResult): number | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const { statusCode = 200 } = result;
  return Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 599 ? statusCode : undefined;
}
