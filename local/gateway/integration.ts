/** Calls a handler as API Gateway calls a Lambda function: with a timeout, and optionally in containers that start cold. */
import type { GatewayClock } from './clock';
import type { HandlerResult, OnError, PromisedHandler } from './handler';
import { InvocationContext } from './invocation-context';

/** The outcome of a call. Errors have already been passed to `onError`. */
export type Invocation = { result: HandlerResult } | 'failed' | 'timed out';

export interface ContainerOptions {
  /** Milliseconds that a new container needs before its first event. */
  coldStartMilliseconds: number;
}

export interface IntegrationOptions {
  clock: GatewayClock;
  onError: OnError;
  /**
   * If set, each function has containers that handle one event at a time, as on Lambda: if none is idle, an event waits for a
   * new one to start. The handlers still share this process; only the waiting is simulated.
   */
  containers?: ContainerOptions;
}

export interface Integration {
  /**
   * @param timeoutMilliseconds  29,000 for a WebSocket API, 30,000 for an HTTP API
   * @param at  now by the monotonic clock, if the caller has it: reading the clock is part of the cost of a message
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
  /** Idle containers of each function. */
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
