/** A client that is cut off and reconnects, on each host: after a moment, after an hour, and after its history has expired. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwayClient } from '../../bench/resume/away-client';
import { startTestServer, type TestServer } from '../support/local-server';

const HOUR = 3_600_000;

const folder = mkdtempSync(join(tmpdir(), 'switchboard-absence-'));
const servers: TestServer[] = [];
const clients: AwayClient[] = [];

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function connect(server: TestServer): Promise<AwayClient> {
  const client = await AwayClient.connect(server);
  clients.push(client);
  return client;
}

describe.each([
  ['memory', {}, { wire: false }],
  ['durable', { DATA_DIR: join(folder, 'data') }, { wire: false }],
  ['wire', { DYNAMODB_ENDPOINT: '' }, { wire: true }],
])('%s', (_, environment, options) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ CLIENT_RATE: '0', ...environment }, options);
    servers.push(server);
  });

  afterEach(() => jest.restoreAllMocks());

  function pass(milliseconds: number): void {
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + milliseconds);
  }

  it.each([
    ['20 frames that it missed by a cut', 20, 0],
    ['1,000 frames that it missed in an hour', 1_000, HOUR],
  ])('shows a client all %s, once and in order', async (_, count, absence) => {
    const client = await connect(server);
    const first = await client.push(1);
    await client.cut();
    const missed = await client.push(count);
    pass(absence);
    const { recovery, seqs, contents } = await client.comeBack();
    expect(recovery).toMatchObject({ recovered: true });
    expect(seqs).toEqual(Array.from({ length: count }, (_, index) => index + 2));
    expect(contents.toSorted()).toEqual(missed.toSorted());
    expect(contents).not.toContain(first[0]);
  });

  it.each([
    ['its history has expired', 24 * HOUR + 1_000],
    ['everything about it may be forgotten', 49 * HOUR],
  ])('tells a returning client if %s', async (_, absence) => {
    const client = await connect(server);
    await client.push(1);
    await client.cut();
    await client.push(3);
    pass(absence);
    expect(await client.comeBack()).toMatchObject({ recovery: { recovered: false }, contents: [] });
  });
});
