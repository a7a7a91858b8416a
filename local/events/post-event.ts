/** Sends one event to one receiver: a POST, signed according to Standard Webhooks. */
import { Webhook } from 'standardwebhooks';
import type { Clock } from '../../lambdas/ports/runtime';
import type { Receiver } from './receivers';

/** The outcome of an attempt. */
export type Attempt = { isDelivered: true } | { isDelivered: false; reason: string; retryAfterMs?: number };

export type PostEvent = (id: string, body: string) => Promise<Attempt>;

/** Maximum `Retry-After` in milliseconds. */
const MAX_RETRY_AFTER = 3_600_000;

export interface EventPoster {
  post: PostEvent;
  /** Aborts all running attempts. */
  stop(): void;
}

export function createEventPoster({ url, secrets, timeout }: Receiver, clock: Clock): EventPoster {
  const webhooks = secrets.map((secret) => new Webhook(secret));
  const underway = new Set<AbortController>();

  async function post(id: string, body: string): Promise<Attempt> {
    const at = new Date(clock.now());
    const controller = new AbortController();
    underway.add(controller);
    const cancelTimer = clock.setTimer(timeout, () => controller.abort());
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': webhooks.map((webhook) => webhook.sign(id, at, body)).join(' '),
        },
        body,
        redirect: 'manual', // a signed event must not go to another address
        signal: controller.signal,
      });
      await response.body?.cancel();
      if (response.ok) return { isDelivered: true };
      const retryAfterMs = retryAfterOf(response.headers.get('retry-after'));
      return { isDelivered: false, reason: `status ${response.status}`, ...(retryAfterMs && { retryAfterMs }) };
    } catch (error) {
      if (controller.signal.aborted)
        return { isDelivered: false, reason: `no answer within ${timeout / 1_000} seconds` };
      return { isDelivered: false, reason: reasonOf(error as Error) };
    } finally {
      cancelTimer();
      underway.delete(controller);
    }
  }

  return {
    post,
    stop() {
      for (const controller of underway) controller.abort();
    },
  };
}

/** Seconds; a date is ignored. */
function retryAfterOf(text: string | null): number | undefined {
  if (text === null || !/^\d{1,6}$/.test(text)) return undefined;
  return Math.min(Number(text) * 1_000, MAX_RETRY_AFTER);
}

function reasonOf({ name, cause }: Error): string {
  return String((cause as NodeJS.ErrnoException | undefined)?.code ?? name);
}
