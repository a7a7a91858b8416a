/** The cost of an hour with the console open on AWS: what its two calls read, observed on a real server, times how often it makes them. */
import { PAGE_EVERY, PAGE_SIZE, STATUS_EVERY } from '../../console/intervals';
import { type AwsCall, startAwsRecorder } from '../../test/support/aws-recorder';
import { startDynalite } from '../../test/support/dynamodb';
import { startTestServer } from '../../test/support/local-server';
import { TestClient } from '../../test/support/test-client';
import type { SeenEvent } from './events';
import { type ModelOptions, ourCost, totalOf } from './model';

/** Numbers of connected clients: the reads grow with them. */
const SEEN_CLIENTS = 32;

const HOUR = 3_600_000;

/**
 * Size of an item of the index in bytes: two ids, a time, its expiry, and the names of the attributes. A read unit covers 4 KB, or 8 if
 * eventually consistent.
 */
const INDEX_ITEM_BYTES = 200;
const UNIT_BYTES = 8_192;

/** Headers of the answer. */
export const HEAD_BYTES = 600;

/** One of the console's calls. */
export interface SeenCall {
  /** Size of the answer's body in bytes. */
  bytes: number;
  calls: AwsCall[];
}

export interface Looking {
  status: SeenCall;
  page: SeenCall;
}

export async function seeLooking(): Promise<Looking> {
  const dynamo = await startDynalite();
  const recorder = await startAwsRecorder(dynamo.url);
  const server = await startTestServer({ DYNAMODB_ENDPOINT: recorder.dynamoUrl }, { wire: true });
  try {
    const connecting = Array.from({ length: SEEN_CLIENTS }, () => TestClient.connect(server.webSocketUrl));
    const clients = await Promise.all(connecting);
    const see = async (path: string): Promise<SeenCall> => {
      recorder.take();
      const body = await (await fetch(server.httpUrl + path)).arrayBuffer();
      return { bytes: body.byteLength, calls: recorder.take() };
    };
    const looking = { status: await see('/status'), page: await see(`/clients?limit=${PAGE_SIZE}`) };
    await Promise.all(clients.map((client) => client.close()));
    return looking;
  } finally {
    await server.stop();
    await recorder.stop();
    await dynamo.stop();
  }
}

/**
 * The call for this many clients: a scan reads their index items, a batch their own items, and the answer for a page has a row for each.
 */
function withClients({ bytes, calls }: SeenCall, online: number, rows: number): SeenEvent {
  const isScan = ({ action }: AwsCall) => action === 'dynamodb:Scan';
  const scans = calls.filter(isScan).length;
  const read = (count: number) => Math.max(scans / 2, Math.ceil((count * INDEX_ITEM_BYTES) / UNIT_BYTES));
  return {
    ...{ messages: [], httpRequests: 1, lines: [], invocations: ['http/authorize', 'http/read'] },
    egress: HEAD_BYTES + (rows === 0 ? bytes : (bytes * rows) / SEEN_CLIENTS),
    calls: calls.map((call) => {
      if (isScan(call)) return { ...call, units: read(rows === 0 ? online : rows) / scans };
      return { ...call, units: rows === 0 ? call.units : (call.units * rows) / SEEN_CLIENTS };
    }),
  };
}

/** Dollars per hour. */
export function lookingCost({ status, page }: Looking, clients: number, options: ModelOptions): number {
  const dollars = (seen: SeenEvent) => totalOf(ourCost(seen, options));
  const rows = Math.min(clients, PAGE_SIZE);
  return (
    (HOUR / STATUS_EVERY) * dollars(withClients(status, clients, 0)) +
    (HOUR / PAGE_EVERY) * dollars(withClients(page, clients, rows))
  );
}

const SIZES = [30, 1_000, 10_000] as const;

export function lookingSentence(looking: Looking, options: ModelOptions): string {
  const costs = SIZES.map((clients) => {
    const dollars = lookingCost(looking, clients, options);
    return `$${dollars.toFixed(dollars < 0.1 ? 3 : 2)} with ${clients.toLocaleString('en')} clients`;
  });
  return `An hour with the console open costs ${costs.slice(0, -1).join(', ')}, and ${costs.at(-1)};`;
}
