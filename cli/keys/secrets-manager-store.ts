/** The keys of a deployment, for the people who run it. Lazy import, because it loads the SDK. */
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { requestHandler, SAFE_TO_RETRY } from '../../lambdas/aws/sdk-clients';
import { readSecret } from '../../lambdas/aws/secrets-manager-keys';
import { KeysError } from '../../lambdas/ports/key-source';
import type { KeyStore } from './key-store';
import type { KeyName } from './options';

export function createSecretKeyStore(name: KeyName, secretId: string): KeyStore {
  const client = new SecretsManagerClient({ ...SAFE_TO_RETRY, requestHandler: requestHandler() });

  /** @throws KeysError  with what AWS says: of a wrong ARN, of missing credentials or rights */
  async function told<Result>(call: Promise<Result>): Promise<Result> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof KeysError) throw error;
      throw new KeysError(`${secretId}: ${(error as Error).message}`, { cause: error });
    }
  }

  return {
    name,
    where: secretId,
    noticed: 'within a minute',
    read: () => told(readSecret(client, secretId)),
    async write(keys) {
      const command = new PutSecretValueCommand({ SecretId: secretId, SecretString: JSON.stringify(keys) });
      await told(client.send(command));
    },
  };
}
