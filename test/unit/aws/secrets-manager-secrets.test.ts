/** Secrets of the team's own code in Secrets Manager, read with the unmodified SDK client. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretsManagerSecrets } from '../../../lambdas/aws/secrets-manager-secrets';
import { createFakeClock } from '../../support/fake-clock';
import { type FakeSecretsManager, startSecretsManager } from '../../support/secrets-manager';

const ARNS: Readonly<Record<string, string>> = {
  OPENAI_API_KEY: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:openai-a1b2c3',
  OTHER_KEY: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:other-d4e5f6',
};
const [OPENAI, OTHER] = Object.values(ARNS) as [string, string];

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

function prepare(of: SecretsManagerClient = client) {
  const clock = createFakeClock();
  const secrets = createSecretsManagerSecrets({ client: of, secretId: (name) => ARNS[name], clock });
  return { clock, secrets };
}

describe('secrets in Secrets Manager', () => {
  it('are read by their ARN, once in five minutes', async () => {
    manager.secrets.set(OPENAI, 'sk-1');
    const { clock, secrets } = prepare();
    expect(await secrets.get('OPENAI_API_KEY')).toBe('sk-1');
    manager.secrets.set(OPENAI, 'sk-2');
    clock.advance(299_999);
    expect(await secrets.get('OPENAI_API_KEY')).toBe('sk-1');
    clock.advance(1);
    expect(await secrets.get('OPENAI_API_KEY')).toBe('sk-2');
    expect(manager.calls).toEqual([`GetSecretValue ${OPENAI}`, `GetSecretValue ${OPENAI}`]);
  });

  it('are read once for concurrent callers', async () => {
    manager.secrets.set(OPENAI, 'sk-1');
    const { secrets } = prepare();
    const values = await Promise.all([1, 2, 3].map(() => secrets.get('OPENAI_API_KEY')));
    expect(values).toEqual(['sk-1', 'sk-1', 'sk-1']);
    expect(manager.calls).toHaveLength(1);
  });

  it('are cached by name', async () => {
    manager.secrets.set(OPENAI, 'sk-1');
    manager.secrets.set(OTHER, 'other');
    const { secrets } = prepare();
    expect(await secrets.get('OPENAI_API_KEY')).toBe('sk-1');
    expect(await secrets.get('OTHER_KEY')).toBe('other');
  });

  it('are requested again after a failure', async () => {
    const { secrets } = prepare();
    await expect(secrets.get('OPENAI_API_KEY')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    manager.secrets.set(OPENAI, 'sk-1');
    expect(await secrets.get('OPENAI_API_KEY')).toBe('sk-1');
  });

  it('fail without a call if the deployment does not list them, and name the setting that lists them', async () => {
    const { secrets } = prepare();
    await expect(secrets.get('MISSING')).rejects.toThrow(/no secret named MISSING.*app_secrets/);
    expect(manager.calls).toEqual([]);
  });

  it('are refused if they hold bytes instead of text', async () => {
    const binary = { send: async () => ({ SecretBinary: new Uint8Array([1, 2, 3]) }) };
    const { secrets } = prepare(binary as unknown as SecretsManagerClient);
    await expect(secrets.get('OPENAI_API_KEY')).rejects.toThrow('the secret OPENAI_API_KEY has no text value');
  });
});
