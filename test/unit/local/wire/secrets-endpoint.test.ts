import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { LoopbackServer } from '../../../../local/wire/loopback-server';
import { startSecretsEndpoint } from '../../../../local/wire/secrets-endpoint';

const KEY = 'k'.repeat(32);
const keys = { get: async () => ({ current: KEY }), refresh: async () => ({ current: KEY }) };

let endpoint: LoopbackServer;

beforeEach(async () => {
  endpoint = await startSecretsEndpoint({ 'api-key': keys }, 'the-server-itself');
});
afterEach(() => endpoint.stop());

async function read(accessKeyId: string, SecretId: string): Promise<string | undefined> {
  const credentials = { accessKeyId, secretAccessKey: 'any' };
  const client = new SecretsManagerClient({ endpoint: endpoint.url, region: 'local', credentials, maxAttempts: 1 });
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
  } finally {
    client.destroy();
  }
}

describe('the secrets endpoint', () => {
  it('returns an existing secret to its own server', async () => {
    expect(JSON.parse((await read('the-server-itself', 'api-key')) ?? '')).toEqual({ current: KEY });
    await expect(read('the-server-itself', 'constructor')).rejects.toThrow('not found');
  });

  it('refuses every other program on the machine', async () => {
    await expect(read('local', 'api-key')).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    const headers = { 'x-amz-target': 'secretsmanager.GetSecretValue' };
    const response = await fetch(endpoint.url, { method: 'POST', headers, body: '{"SecretId":"api-key"}' });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(KEY);
  });
});
