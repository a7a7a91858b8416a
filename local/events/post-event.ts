/** Sends one event to one receiver: a POST, signed according to Standard Webhooks. */
import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../../lambdas/ports/runtime';
import type { Receiver } from './receivers';

/** The outcome of an attempt. */
export type Attempt = { isDelivered: true } | { isDelivered: false; reason: string; retryAfterMs?: number };

export type PostEvent = (id: string, body: string) => Promise<Attempt>;

/** Maximum `Retry-After` in milliseconds. */
const MAX_RETRY_AFTER = 3_600_000;

/** Milliseconds for which an idle connection is kept, less than most servers do. */
const IDLE_TIMEOUT = 4_000;

export interface EventPoster {
  post: PostEvent;
  /** Aborts all running attempts. */
  stop(): void;
}

/** By `node:http`: `fetch` takes three times the processor time of a request. Redirects are not followed: an event is only for this address. */
export function createEventPoster({ url, secrets, timeout, concurrency }: Receiver, clock: Clock): EventPoster {
  const keys = secrets.map((secret) => Buffer.from(secret.slice('whsec_'.length), 'base64'));
  const isSecure = url.startsWith('https:');
  const agentOptions = { keepAlive: true, maxFreeSockets: concurrency, timeout: IDLE_TIMEOUT };
  const agent = isSecure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const request = isSecure ? httpsRequest : httpRequest;
  const target = new URL(url);
  const underway = new Set<AbortController>();

  /** Resolves with the headers of the answer. Its body does not matter, but must end within the same time. */
  function ask(headers: Record<string, string>, body: string): Promise<IncomingMessage> {
    const controller = new AbortController();
    underway.add(controller);
    const cancelTimer = clock.setTimer(timeout, () => controller.abort());
    return new Promise((resolve, reject) => {
      const sent = request(target, { method: 'POST', agent, headers, signal: controller.signal }, (response) => {
        response.on('error', () => {}).resume();
        resolve(response);
      });
      sent.on('error', reject);
      sent.on('close', () => {
        cancelTimer();
        underway.delete(controller);
      });
      sent.end(body);
    });
  }

  async function post(id: string, body: string): Promise<Attempt> {
    const timestamp = String(Math.floor(clock.now() / 1_000));
    try {
      const { statusCode = 0, headers } = await ask(
        {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'content-length': String(Buffer.byteLength(body)),
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': keys.map((key) => signatureOf(key, `${id}.${timestamp}.${body}`)).join(' '),
        },
        body,
      );
      if (statusCode >= 200 && statusCode < 300) return { isDelivered: true };
      const retryAfterMs = retryAfterOf(headers['retry-after']);
      return { isDelivered: false, reason: `status ${statusCode}`, ...(retryAfterMs && { retryAfterMs }) };
    } catch (error) {
      const { name, code = name } = error as NodeJS.ErrnoException;
      return {
        isDelivered: false,
        reason: name === 'AbortError' ? `no answer within ${timeout / 1_000} seconds` : code,
      };
    }
  }

  return {
    post,
    stop() {
      for (const controller of underway) controller.abort();
      agent.destroy();
    },
  };
}

function signatureOf(key: Buffer, signed: string): string {
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

/** Seconds; a date is ignored. */
function retryAfterOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return undefined;
  return Math.min(Number(text) * 1_000, MAX_RETRY_AFTER);
}
