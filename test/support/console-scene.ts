/** The scene that the console shows: clients in the middle of things. */
import type { Page } from 'playwright-core';
import { call } from './http';
import { TestClient } from './test-client';

const TOOLS = [
  {
    name: 'open_page',
    description: 'Opens a page of the catalogue on the device.',
    input_schema: {
      type: 'object',
      properties: {
        page: { type: 'integer', description: 'From 1.' },
        zoom: { type: 'number', default: 1.5 },
        language: { enum: ['en', 'zh'], description: 'Of the page.' },
        reload: { type: 'boolean', default: false },
        marks: { type: 'array', items: { type: 'string' } },
        note: { type: 'string' },
      },
      required: ['page'],
    },
  },
  { name: 'battery', description: 'How full the battery is.', input_schema: { type: 'object', properties: {} } },
];

/** A client that chats, has tools, has answered one call, and is working on a second. */
export async function busyClient({ webSocketUrl, httpUrl }: { webSocketUrl: string; httpUrl: string }) {
  const client = await TestClient.connect(webSocketUrl);
  const { clientId: client_id } = client;
  const callTool = async (tool_name: string, params: object) =>
    (await call('POST', `${httpUrl}/call_tool`, { client_id, tool_name, params })).body.call_id;
  await client.ask({ type: 'register_tools', data: { tools: TOOLS }, message_id: 'm-1' });
  await client.ask({ type: 'chat_message', data: { content: 'Is my parcel on its way?' }, message_id: 'm-2' });
  await call('POST', `${httpUrl}/send_message`, {
    client_id,
    content: 'It left Hamburg this morning. 今天早上已从汉堡发出。',
  });
  await client.ask({ type: 'tool_call', data: { tool_name: 'add', params: { a: 2, b: 3 } }, message_id: 'm-3' });
  const answered = await callTool('battery', {});
  await client.ask({
    type: 'tool_response',
    data: { call_id: answered, result: { percent: 81 } },
    message_id: 'm-4',
  });
  const pending = await callTool('open_page', { page: 7 });
  client.send({ type: 'tool_progress', data: { call_id: pending, progress: 3, total: 8, message: 'Page 3 of 8' } });
  await client.ask({ type: 'ping', message_id: 'm-5' });
  return { client, pending };
}

/** A group with two members online and one offline. */
export async function fillGroup({ webSocketUrl, httpUrl }: { webSocketUrl: string; httpUrl: string }, group: string) {
  const online = [await TestClient.connect(webSocketUrl), await TestClient.connect(webSocketUrl)];
  for (const clientId of [...online.map(({ clientId }) => clientId), 'van-9']) {
    await call('PUT', `${httpUrl}/groups/${group}/clients/${clientId}`);
  }
  return online;
}

/** Shows the page many clients that do not exist, through the API's own pages. */
export async function fakeClients(page: Page, count: number): Promise<void> {
  const at = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
  const clients = Array.from({ length: count }, (_, index) => ({
    client_id: `${String(index).padStart(8, '0')}-0000-4000-8000-000000000000`,
    connected_at: at(3_600 + index),
    last_activity: at(index % 60),
    message_count: index,
    last_seq: index,
    acked_seq: index,
    labels: index % 2 === 0 ? ['even'] : [],
  }));
  await page.route(/\/clients\?/, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [from, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit'))];
    const next_cursor = from + limit < count ? String(from + limit) : undefined;
    await route.fulfill({ json: { clients: clients.slice(from, from + limit), total: count, next_cursor } });
  });
}

/** Shows the page a receiver that has refused two events for a day. */
export async function fakeFailedEvents(page: Page): Promise<void> {
  const at = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
  const events = ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11', '5e2f1f6a-55d4-4a39-9d7e-6f3b0e6a7c22'].map(
    (subject, index) => ({
      event_id: `event-${index + 1}`,
      type: 'message.received',
      subject,
      time: at(90_000),
      receiver: 'billing',
      failed_at: at(3_600),
      reason: 'status 503',
    }),
  );
  const state = {
    destination: 'webhooks',
    contents: false,
    queued: 5,
    dropped: 0,
    receivers: [
      {
        name: 'crm',
        origin: 'https://crm.example.com',
        types: ['client.connected'],
        delivered: 1_204,
        waiting: 0,
        failed: 0,
      },
      {
        name: 'billing',
        origin: 'https://billing.example.com',
        types: ['message.received', 'message.delivered'],
        labels: ['acme'],
        delivered: 20,
        waiting: 3,
        failed: events.length,
        waiting_since: at(4_000),
        last_error: { at: at(60), reason: 'status 503' },
      },
    ],
  };
  await page.route(/\/events$/, (route) => route.fulfill({ json: state }));
  await page.route(/\/events\/failed/, (route) => route.fulfill({ json: { events } }));
}
