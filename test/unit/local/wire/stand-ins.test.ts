/** The stand-ins of `--wire` only answer this process, and no other program or web page on the machine. */
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { startDynalite } from '../../../../local/wire/dynalite';
import { startLambdaEndpoint } from '../../../../local/wire/lambda-endpoint';
import type { LoopbackServer } from '../../../../local/wire/loopback-server';

const OWN = 'the-server-itself';

const started: unknown[] = [];
const tasks = { start: async (task: unknown) => void started.push(task) };

let endpoint: LoopbackServer;

afterEach(() => endpoint.stop());

const optionsOf = (accessKeyId: string) => ({
  endpoint: endpoint.url,
  region: 'local',
  credentials: { accessKeyId, secretAccessKey: 'any' },
  maxAttempts: 1,
});

async function listTables(accessKeyId: string) {
  const client = new DynamoDBClient(optionsOf(accessKeyId));
  try {
    return await client.send(new ListTablesCommand());
  } finally {
    client.destroy();
  }
}

async function invoke(accessKeyId: string) {
  const client = new LambdaClient(optionsOf(accessKeyId));
  const Payload = Buffer.from('{"task":"welcome"}');
  try {
    return await client.send(new InvokeCommand({ FunctionName: 'welcome', InvocationType: 'Event', Payload }));
  } finally {
    client.destroy();
  }
}

const KINDS: [name: string, start: () => Promise<LoopbackServer>, ask: (accessKeyId: string) => Promise<object>][] = [
  ['DynamoDB', () => startDynalite(OWN), listTables],
  ['Lambda', () => startLambdaEndpoint(['welcome'], tasks as never, OWN), invoke],
];

describe.each(KINDS)('the stand-in of %s', (_, start, ask) => {
  beforeEach(async () => {
    endpoint = await start();
    started.length = 0;
  });

  it('answers its own server', async () => {
    await expect(ask(OWN)).resolves.toMatchObject({ $metadata: { httpStatusCode: expect.any(Number) } });
  });

  it('refuses other programs', async () => {
    await expect(ask('local')).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    expect((await fetch(endpoint.url)).status).toBe(400);
    expect(started).toEqual([]);
  });

  it.each(['GET', 'POST', 'OPTIONS'])(
    'refuses web pages, and does not let them read its refusal of a %s',
    async (method) => {
      const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
      const signed = { authorization: `AWS4-HMAC-SHA256 Credential=${OWN}/x, SignedHeaders=host, Signature=0` };
      for (const more of [{}, signed]) {
        const response = await fetch(endpoint.url, { method, headers: { ...headers, ...more } });
        expect(response.status).toBe(400);
        expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
      expect(started).toEqual([]);
    },
  );

  it('listens on loopback', () => {
    expect(endpoint.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });
});
