/** What groups and the audit cost on AWS: their calls, observed on a real server whose clients are all in one group. */
import { GROUP_PAGE_SIZE, GROUPS_EVERY, PAGE_EVERY, PAGE_SIZE } from '../../console/intervals';
import { DEFAULT_HISTORY_PAGE_SIZE } from '../../lambdas/protocol/limits';
import { type AwsCall, startAwsRecorder } from '../../test/support/aws-recorder';
import { startDynalite } from '../../test/support/dynamodb';
import { createKeysFile } from '../../test/support/keys-file';
import { startTestServer } from '../../test/support/local-server';
import { TestClient } from '../../test/support/test-client';
import type { SeenEvent } from './events';
import { HEAD_BYTES } from './looking';
import { auditCost, type ModelOptions, ourCost, totalOf } from './model';
import type { OptionalCosts } from './month';
import { watchingCost } from './watching';

export const OPTIONAL_CALLS = [
  'PUT /groups/{group}/clients/{client_id}',
  'DELETE /groups/{group}/clients/{client_id}',
  'join',
  'leave',
  'GET /groups',
  'GET /groups/{group}/clients',
  'GET /clients?group=',
  'GET /status?by=group',
  'GET /audit',
] as const;
export type OptionalCall = (typeof OPTIONAL_CALLS)[number];

/** Number of clients, and of members of the group. */
export const SEEN_MEMBERS = 32;

const HOUR = 3_600_000;

/** Size in bytes of an item: of a membership in the index, and of an entry of the audit. */
const MEMBER_BYTES = 200;
const ENTRY_BYTES = 350;

/** Members and the audit are spread over as many partitions, and each is a query. */
const PARTITIONS = 16;

/** An eventually consistent read of up to 4 KB is half a unit. */
function unitsOfQuery(items: number, bytesEach: number): number {
  return Math.max(1, Math.ceil((items * bytesEach) / 4_096)) / 2;
}

export async function seeOptionalCalls(): Promise<Record<OptionalCall, SeenEvent>> {
  const dynamo = await startDynalite();
  const recorder = await startAwsRecorder(dynamo.url);
  const keys = createKeysFile();
  const settings = { AUTH: 'token', KEYS_FILE: keys.path, DYNAMODB_ENDPOINT: recorder.dynamoUrl, CLIENT_RATE: '0' };
  const server = await startTestServer(settings, { wire: true });
  const headers = { authorization: `Bearer ${keys.read().api_key.current}`, 'content-type': 'application/json' };

  async function ask(method: string, path: string, body?: object): Promise<string> {
    const answer = await fetch(server.httpUrl + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`);
    return answer.text();
  }

  async function see(name: string, run: () => Promise<string>): Promise<SeenEvent> {
    server.log.length = 0;
    recorder.take();
    const text = await run();
    await new Promise((resolve) => setTimeout(resolve, 100)); // what follows the answer
    return {
      messages: [],
      egress: HEAD_BYTES + text.length,
      httpRequests: 1,
      lines: server.log.filter(({ level }) => level !== 'debug'),
      invocations: ['http/authorize', name],
      calls: recorder.take().filter(({ action }) => action !== 'dynamodb:BatchWriteItem'), // the entry in the audit
    };
  }

  async function seeMessage(client: TestClient, type: string): Promise<SeenEvent> {
    const message = { type, data: { group: 'room:1' }, message_id: '5f0c7a52-0c3e-4d4e-9c1a-2f2b1f9f7a10' };
    const seen = await see('websocket/message', async () => JSON.stringify(await client.ask(message)));
    const answer = seen.egress - HEAD_BYTES;
    const sizes = { messages: [JSON.stringify(message).length, answer], egress: answer, httpRequests: 0 };
    return { ...seen, ...sizes, invocations: ['websocket/message'] };
  }

  try {
    const clients: TestClient[] = [];
    for (let count = 0; count < SEEN_MEMBERS; count++) {
      const { websocket_url } = JSON.parse(await ask('POST', '/tokens', { may_join: ['room:*'] }));
      clients.push(await TestClient.connect(websocket_url));
    }
    const [first, ...others] = clients as [TestClient, ...TestClient[]];
    const membership = (client: TestClient) => `/groups/room:1/clients/${client.clientId}`;
    for (const client of others) await ask('PUT', membership(client));
    const groups = (method: string, path: string) => see('http/groups', () => ask(method, path));
    const read = (path: string) => see('http/read', () => ask('GET', path));
    return {
      'DELETE /groups/{group}/clients/{client_id}': await groups('DELETE', membership(others[0] as TestClient)),
      'PUT /groups/{group}/clients/{client_id}': await groups('PUT', membership(others[0] as TestClient)),
      join: await seeMessage(first, 'join'),
      'GET /groups': await groups('GET', `/groups?limit=${GROUP_PAGE_SIZE}`),
      'GET /groups/{group}/clients': await groups('GET', `/groups/room:1/clients?limit=${GROUP_PAGE_SIZE}`),
      'GET /clients?group=': await read(`/clients?limit=${PAGE_SIZE}&group=room:1`),
      'GET /status?by=group': await read('/status?by=group'),
      leave: await seeMessage(first, 'leave'),
      'GET /audit': await see('http/admin', () => ask('GET', '/audit')),
    };
  } finally {
    await server.stop();
    await recorder.stop();
    await dynamo.stop();
    keys.remove();
  }
}

/** A call for a group of this many members: a query reads a partition's share of them, a batch the clients, and the answer has a row for each. */
export function withMembers(seen: SeenEvent, members: number): SeenEvent {
  const share = members / SEEN_MEMBERS;
  const least = unitsOfQuery(Math.ceil(members / PARTITIONS), MEMBER_BYTES);
  return {
    ...seen,
    egress: HEAD_BYTES + (seen.egress - HEAD_BYTES) * share,
    calls: seen.calls.map((call) => {
      if (call.action === 'dynamodb:BatchGetItem') return { ...call, units: call.units * share };
      return { ...call, units: Math.max(call.units, least) };
    }),
  };
}

/** Each partition is read up to a whole page, however few of its entries the page has in the end. */
export function withFullAudit(seen: SeenEvent): SeenEvent {
  const units = unitsOfQuery(DEFAULT_HISTORY_PAGE_SIZE, ENTRY_BYTES);
  const egress = HEAD_BYTES + DEFAULT_HISTORY_PAGE_SIZE * ENTRY_BYTES;
  return { ...seen, egress, calls: seen.calls.map((call) => ({ ...call, units })) };
}

/** Dollars for a month's sums. */
export function optionalCosts(seen: Record<OptionalCall, SeenEvent>, options: ModelOptions): OptionalCosts {
  const dollars = (event: SeenEvent) => totalOf(ourCost(event, options)) + watchingCost(event);
  const [put, leave] = ['PUT', 'DELETE'].map(
    (method) => seen[`${method as 'PUT'} /groups/{group}/clients/{client_id}`],
  );
  return {
    groupChange: (dollars(put as SeenEvent) + dollars(leave as SeenEvent)) / 2,
    auditEntry: auditCost(options),
    auditRead: dollars(withFullAudit(seen['GET /audit'])),
  };
}

const SIZES = [30, 1_000] as const;

/** What the console's views of groups cost in an hour, in addition to its numbers and its list of clients. */
export function groupViewsSentence(seen: Record<OptionalCall, SeenEvent>, options: ModelOptions): string {
  const hourly = (every: number, event: SeenEvent) =>
    `$${((HOUR / every) * totalOf(ourCost(event, options))).toFixed(3)}`;
  const filtered = SIZES.map(
    (members) =>
      `${hourly(PAGE_EVERY, withMembers(seen['GET /clients?group='], members))} more for ${members.toLocaleString('en')} members`,
  );
  const group = hourly(GROUPS_EVERY, withMembers(seen['GET /groups/{group}/clients'], GROUP_PAGE_SIZE));
  return [
    `An hour of the list of clients filtered by a group costs ${filtered.join(', and ')}; the list of groups`,
    `${hourly(GROUPS_EVERY, seen['GET /groups'])} more, and a group's members, up to ${GROUP_PAGE_SIZE} at a time, ${group} more.`,
  ].join('\n');
}

const MILLION = 1_000_000;

/** A million of each call, and what was observed. */
export function optionalTable(seen: Record<OptionalCall, SeenEvent>, options: ModelOptions): string {
  const dollars = (amount: number) => `$${(amount * MILLION).toFixed(2)}`;
  const rows = OPTIONAL_CALLS.map((name) => {
    const event = name === 'GET /audit' ? withFullAudit(seen[name]) : seen[name];
    const cost = ourCost(event, options);
    const costs = [cost.gateway, cost.lambda, cost.dynamo, totalOf(cost)].map(dollars);
    return `| ${[`\`${name}\``, ...costs, callsOf(event.calls)].join(' | ')} |`;
  });
  return [
    '| a million of | API Gateway | Lambda | DynamoDB | all | AWS calls (capacity units together) |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function callsOf(calls: readonly AwsCall[]): string {
  const byAction = new Map<string, { count: number; units: number }>();
  for (const { action, units } of calls) {
    const name = action.replace('dynamodb:', '');
    const { count, units: before } = byAction.get(name) ?? { count: 0, units: 0 };
    byAction.set(name, { count: count + 1, units: before + units });
  }
  return [...byAction].map(([name, { count, units }]) => `${count} ${name} (${Number(units.toFixed(1))})`).join(', ');
}
