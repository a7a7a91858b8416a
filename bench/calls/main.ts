/**
 * `npm run bench:calls`: measures how much time `POST /call_tool` with `Prefer: wait` adds to the client's own, in one process and with the
 * data in DynamoDB (DynamoDB Local if installed, otherwise dynalite).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { startDynalite } from '../../test/support/dynamodb';
import { startDynamoLocal, whyNoDynamoLocal } from '../../test/support/dynamodb-local';
import { call } from '../../test/support/http';
import { startTestServer, type TestServer } from '../../test/support/local-server';
import { TestClient } from '../../test/support/test-client';
import { describeMachine } from '../machine';
import { textTable } from '../report/text-table';

/** How long the client's tool takes in milliseconds, and the number of calls. */
const TOOLS = [
  { milliseconds: 0, calls: 200 },
  { milliseconds: 300, calls: 40 },
  { milliseconds: 1_000, calls: 15 },
];

/** Calls before those that count. */
const RUN_IN = 20;

/** Answers calls as their params say; returns the milliseconds from each call's arrival to its answer. */
function answerCalls(client: TestClient, spent: Map<string, number>): void {
  void (async () => {
    for (;;) {
      const { type, data } = await client.next();
      if (type !== 'tool_call') continue;
      const begun = performance.now();
      if (data.params.milliseconds > 0) await pause(data.params.milliseconds);
      spent.set(data.call_id, performance.now() - begun);
      client.send({ type: 'tool_response', data: { call_id: data.call_id, result: null } });
    }
  })().catch(() => {}); // the connection has closed
}

/** @returns milliseconds in addition to the client's own, one value per call, sorted */
async function measure(server: TestServer, milliseconds: number, calls: number): Promise<number[]> {
  const client = await TestClient.connect(server.webSocketUrl);
  const spent = new Map<string, number>();
  answerCalls(client, spent);
  const body = { client_id: client.clientId, tool_name: 'wait', params: { milliseconds } };
  const added: number[] = [];
  for (let index = -RUN_IN; index < calls; index++) {
    if (index < 0 && milliseconds > 0) continue;
    const begun = performance.now();
    const answer = await call('POST', `${server.httpUrl}/call_tool`, body, { prefer: 'wait=20' });
    const took = performance.now() - begun;
    if (answer.body.status !== 'completed') throw new Error(`a call ended as ${answer.status} ${answer.body.status}`);
    if (index >= 0) added.push(took - (spent.get(answer.body.call_id) as number));
  }
  await client.close();
  return added.sort((one, other) => one - other);
}

async function rowsOf(name: string, server: TestServer): Promise<string[][]> {
  const rows: string[][] = [];
  for (const { milliseconds, calls } of TOOLS) {
    const added = await measure(server, milliseconds, calls);
    const at = (share: number) => (added[Math.floor(share * (added.length - 1))] as number).toFixed(1);
    rows.push([name, String(milliseconds), String(calls), at(0.5), at(0.99)]);
  }
  return rows;
}

async function main(): Promise<void> {
  const memory = await startTestServer({ CLIENT_RATE: '0' });
  const rows = await rowsOf('one process', memory);
  await memory.stop();
  const missing = whyNoDynamoLocal();
  const dynamo = missing === undefined ? await startDynamoLocal() : await startDynalite();
  const wire = await startTestServer({ DYNAMODB_ENDPOINT: dynamo.url, CLIENT_RATE: '0' }, { wire: true });
  rows.push(...(await rowsOf(missing === undefined ? '--wire, DynamoDB Local' : '--wire, dynalite', wire)));
  await wire.stop();
  await dynamo.stop();
  const head = ['server', "ms of the client's tool", 'calls', 'ms added, p50', 'ms added, p99'];
  process.stdout.write(`${[...describeMachine(), '', textTable([head, ...rows])].join('\n')}\n`);
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${error?.stack ?? error}\n`);
  process.exitCode = 1;
});
