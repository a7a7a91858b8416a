/** Keys in Secrets Manager, read with the unmodified SDK client. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretsManagerKeys } from '../../lambdas/aws/secrets-manager-keys';
import { createFakeClock } from '../support/fake-clock';
import { type FakeSecretsManager, startSecretsManager } from '../support/secrets-manager';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:api-key-a1b2c3';
const OLD = { current: 'o'.repeat(32) };
const NEW = { current: 'n'.repeat(32), previous: OLD.current };

let manager: FakeSecretsManager;
let client: SecretsManagerClient;

beforeEach(async () => {
  manager = await startSecretsManager();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SecretsManagerClient({ endpoint: manager.url, region: 'local', credentials });
});

afterEach(async () => {
  client.destroy();
  await manager.stop();
});

function prepare() {
  const clock = createFakeClock();
  return { clock, keys: createSecretsManagerKeys({ client, secretId: ARN, clock }) };
}

describe('keys in Secrets Manager', () => {
  it('are only read with GetSecretValue, once every half minute', async () => {
    manager.secrets.set(ARN, JSON.stringify(OLD));
    const { clock, keys } = prepare();
    expect(await keys.get()).toEqual(OLD);
    manager.secrets.set(ARN, JSON.stringify(NEW));
    clock.advance(29_999);
    expect(await keys.get()).toEqual(OLD);
    clock.advance(1);
    expect(await keys.get()).toEqual(NEW);
    expect(manager.calls).toEqual([`GetSecretValue ${ARN}`, `GetSecretValue ${ARN}`]);
  });

  it('are read again for a credential that matches none of them', async () => {
    manager.secrets.set(ARN, JSON.stringify(OLD));
    const { clock, keys } = prepare();
    await keys.get();
    manager.secrets.set(ARN, JSON.stringify(NEW));
    clock.advance(1_000);
    expect(await keys.refresh()).toEqual(NEW);
  });

  it('fail if they are not keys, with a reason that does not quote the value', async () => {
    manager.secrets.set(ARN, '{"current": "hunter2"}');
    await expect(prepare().keys.get()).rejects.toThrow('the secret: current is not a text of at least 32 characters');
    manager.secrets.set(ARN, 'hunter2');
    await expect(prepare().keys.get()).rejects.toThrow(/^the secret is not JSON$/);
  });

  it('fail with AWS’s error if they do not exist', async () => {
    await expect(prepare().keys.get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
