/**
 * Clients that chat with a server on disk. Its receiver of events refuses each event once, is down for a while, and must get everything
 * from a server that is killed with SIGKILL in the middle.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type ChildServer, startChildServer } from './child-server';
import { newFolder } from './data-folder';
import { call } from './http';
import { TestClient } from './test-client';
import { type ReceivedEvent, SECRET, startWebhookReceiver, type WebhookReceiver } from './webhook-receiver';

export interface StormOptions {
  messages: number;
  clients: number;
  /** In milliseconds. */
  downFor: number;
}

export interface StormOutcome {
  /** By client, the `message_id`s in the order in which they were sent. */
  sent: Map<string, string[]>;
  /** Events about messages that the receiver accepted, in the order of their arrival. */
  taken: ReceivedEvent[];
  /** Requests that were not valid events. */
  invalid: string[];
  /** Requests that the receiver refused. */
  refused: number;
}

export async function eventStorm({ messages, clients, downFor }: StormOptions): Promise<StormOutcome> {
  const refusedOnce = new Set<string>();
  const answer = ({ id }: ReceivedEvent) => {
    if (refusedOnce.has(id)) return 204;
    refusedOnce.add(id);
    return 500;
  };
  let receiver = await startWebhookReceiver({ answer });
  const port = Number(new URL(receiver.url).port);
  const receivers: WebhookReceiver[] = [receiver];
  const data = newFolder();
  const WEBHOOKS = join(dirname(data), 'webhooks.json');
  writeFileSync(WEBHOOKS, JSON.stringify({ storm: { url: receiver.url, secret: SECRET, concurrency: 64 } }));
  const environment = { DATA_DIR: data, WEBHOOKS, CLIENT_RATE: '0', LOG_LEVEL: 'error' };
  let server: ChildServer = await startChildServer({ environment });
  const sent = new Map<string, string[]>();
  let answered = 0;

  async function fall(): Promise<void> {
    await receiver.close();
    await wait(downFor);
    receiver = await startWebhookReceiver({ answer, port });
    receivers.push(receiver);
  }

  async function kill(): Promise<void> {
    server.process.kill('SIGKILL');
    await server.exit;
    server = await startChildServer({ environment });
  }

  /** One client: it repeats each message until it is answered, across restarts of the server. */
  async function chat(count: number): Promise<void> {
    let client: TestClient | undefined;
    let resumeToken: string | undefined;
    for (let number = 1; number <= count; number++) {
      for (;;) {
        try {
          client ??= await TestClient.connect(`${server.webSocketUrl}${resumeToken ? `?resume=${resumeToken}` : ''}`);
          resumeToken ??= client.resumeToken;
          const message_id = `m-${number}`;
          await client.ask({
            type: 'chat_message',
            data: { content: 'x' },
            message_id,
            sender: 's',
            sender_seq: number,
          });
          sent.set(client.clientId, [...(sent.get(client.clientId) ?? []), message_id]);
          break;
        } catch {
          client = undefined;
          await wait(200);
        }
      }
      answered += 1;
      if (answered === Math.floor(messages / 4)) faults.push(fall());
      if (answered === Math.floor(messages / 2)) faults.push(kill());
    }
    await client?.close();
  }

  const faults: Promise<void>[] = [];
  try {
    await Promise.all(Array.from({ length: clients }, () => chat(messages / clients)));
    await Promise.all(faults);
    for (;;) {
      const { body } = await call('GET', `${server.httpUrl}/events`);
      if (body.queued === 0) break;
      await wait(100);
    }
    const all = receivers.flatMap(({ taken }) => taken);
    const came = receivers.reduce((sum, one) => sum + one.came.length, 0);
    return {
      sent,
      taken: all.filter(({ type }) => type.startsWith('message.')),
      invalid: receivers.flatMap(({ invalid }) => invalid),
      refused: came - all.length,
    };
  } finally {
    server.process.kill('SIGKILL');
    await server.exit;
    await receiver.close();
  }
}

/** What was sent and what was reported, one line per message of each client, in order. */
export function expectAllTold({ sent, taken, invalid }: StormOutcome): void {
  expect(invalid).toEqual([]);
  const firsts = new Map<string, ReceivedEvent>();
  for (const event of taken) if (!firsts.has(event.id)) firsts.set(event.id, event);
  const told = new Map<string, Record<string, string[]>>();
  for (const { type, subject, data } of firsts.values()) {
    const ofClient = told.get(subject) ?? { 'message.received': [], 'message.delivered': [] };
    ofClient[type]?.push(type === 'message.received' ? data.message_id : data.reply_to);
    told.set(subject, ofClient);
  }
  const expected = [...sent].map(([client, ids]) => [client, { 'message.received': ids, 'message.delivered': ids }]);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected));
  const contents = new Map<string, string>();
  for (const { id, ...event } of taken) {
    const text = JSON.stringify(event);
    expect(contents.get(id) ?? text).toBe(text);
    contents.set(id, text);
  }
}
