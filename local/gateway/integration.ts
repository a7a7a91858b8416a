/** Calling a handler as API Gateway calls a Lambda function: bounded in time, and if wanted in containers that start cold. */
import type { GatewayClock } from './clock';
import type { HandlerResult, OnError, PromisedHandler } from './handler';
import { InvocationContext } from './invocation-context';

/** What came of a call. An error has been told to `onError` already. */
export type Invocation = { result: HandlerResult } | 'failed' | 'timed out';

export interface ContainerOptions {
  /** Milliseconds that a new container takes before it handles its first event. */
  coldStartMilliseconds: number;
}

export interface IntegrationOptions {
  clock: GatewayClock;
  onError: OnError;
  /**
   * Where given, each function has containers that handle one event at a time, as Lambda's do: an event that finds none
   * idle waits for a new one to start. The handlers still share this process; only the waiting is acted.
   */
  containers?: ContainerOptions;
}

export interface Integration {
  /**
   * @param timeoutMilliseconds  29,000 for a WebSocket API, 30,000 for an HTTP API
   * @param at  now by the monotonic clock, where the caller knows it: reading it is a part of what a message costs
   */
  invoke<Event>(
    routeKey: string,
    handler: PromisedHandler<Event>,
    event: Event,
    timeoutMilliseconds: number,
    at?: number,
  ): Promise<Invocation>;
}

export function createIntegration({ clock, onError, containers }: IntegrationOptions): Integration {
  /** Containers of each function that have started and have nothing to do. */
  const idle = new Map<unknown, number>();

  async function inContainer<Event>(
    handler: PromisedHandler<Event>,
    event: Event,
    endsAt: number,
  ): Promise<HandlerResult> {
    const context = new InvocationContext(clock.monotonic, endsAt);
    if (!containers) return handler(event, context);
    const free = idle.get(handler) ?? 0;
    if (free > 0) idle.set(handler, free - 1);
    else await new Promise<void>((resolve) => clock.setTimer(containers.coldStartMilliseconds, resolve));
    try {
      return await handler(event, context);
    } finally {
      idle.set(handler, (idle.get(handler) ?? 0) + 1);
    }
  }

  return {
    invoke(routeKey, handler, event, timeoutMilliseconds, at = clock.monotonic()) {
      return new Promise((resolve) => {
        const cancel = clock.setTimer(timeoutMilliseconds, () => resolve('timed out'));
        inContainer(handler, event, at + timeoutMilliseconds).then(
          (result) => {
            cancel();
            resolve({ result });
          },
          (error) => {
            cancel();
            onError(routeKey, error);
            resolve('failed');
          },
        );
      });
    },
  };
}
