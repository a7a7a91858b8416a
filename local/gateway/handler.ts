/** What the gateway calls, and what it takes as an answer: the shapes of a Lambda proxy integration. */

export type Headers = Record<string, string | number | boolean>;

export type HandlerResult =
  | { statusCode?: number; headers?: Headers; body?: string; cookies?: string[]; isBase64Encoded?: boolean }
  | string
  | undefined;

export type Handler<Event> = (event: Event) => Promise<HandlerResult>;

/** Told of whatever a handler throws; the client gets the platform's own answer, never the error. */
export type OnError = (route: string, error: unknown) => void;

/** The status of a result: 200 where an object has none, undefined for what is no result at all. */
export function statusOf(result: HandlerResult): number | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const { statusCode = 200 } = result;
  return Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 599 ? statusCode : undefined;
}
