/** A webhook receiver that verifies each event with third-party packages. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export interface ReceivedEvent {
  id: string;
  type: string;
  source: string;
  subject: string;
  time: string;
  sequence: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into data of any shape
  data: any;
}

export interface WebhookReceiver {
  url: string;
  /** Events answered with success, in the order of their arrival. */
  taken: ReceivedEvent[];
  /** All requests, in order. */
  came: ReceivedEvent[];
  /** Why requests were not valid events; empty if all were. */
  invalid: string[];
  /** Resolves when a condition on the accepted events holds. */
  until(holds: (taken: readonly ReceivedEvent[]) => boolean): Promise<void>;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  secret?: string;
  port?: number;
  /** The status of the answer; a promise answers late. */
  answer?(event: ReceivedEvent): number | Promise<number>;
}

export async function startWebhookReceiver(options: ReceiverOptions = {}): Promise<WebhookReceiver> {
  const { secret = SECRET, port = 0, answer = () => 204 } = options;
  const webhook = new Webhook(secret);
  const taken: ReceivedEvent[] = [];
  const came: ReceivedEvent[] = [];
  const invalid: string[] = [];
  const checks = new Set<() => void>();
  const server = createServer(async (request, response) => {
    try {
      const event = verified(webhook, request.headers, await text(request));
      came.push(event);
      const status = await answer(event);
      if (status < 300) taken.push(event);
      response.writeHead(status).end();
    } catch (error) {
      invalid.push(String(error));
      response.writeHead(400).end();
    }
    for (const check of checks) check();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=secret`,
    taken,
    came,
    invalid,
    until(holds) {
      return new Promise((resolve) => {
        function check(): void {
          if (!holds(taken)) return;
          checks.delete(check);
          resolve();
        }
        checks.add(check);
        check();
      });
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close').catch(() => {});
    },
  };
}

/** @throws if the signature or the event is invalid */
function verified(webhook: Webhook, headers: IncomingHttpHeaders, body: string): ReceivedEvent {
  webhook.verify(body, headers as Record<string, string>);
  const event = HTTP.toEvent({ headers, body }) as CloudEvent;
  event.validate();
  if (event.id !== headers['webhook-id']) throw new Error('webhook-id is not the id of the event');
  return JSON.parse(body);
}
