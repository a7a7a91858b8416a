/** Keys in a secret of AWS Secrets Manager. Needs `secretsmanager:GetSecretValue` on that one secret, and nothing else. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../runtime';
import { createCachedKeys } from './cached-keys';
import { type KeySource, type Keys, keysFromJson } from './keys';

export interface SecretsManagerKeysOptions {
  client: SecretsManagerClient;
  /** The secret's ARN, or its name. */
  secretId: string;
  clock: Clock;
}

export function createSecretsManagerKeys({ client, secretId, clock }: SecretsManagerKeysOptions): KeySource {
  return createCachedKeys(() => readSecret(client, secretId), clock);
}

/** @throws KeysError where the secret is not what it should be; the SDK's own errors pass */
export async function readSecret(client: SecretsManagerClient, secretId: string): Promise<Keys> {
  const { SecretString: text = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  return keysFromJson(text, 'the secret');
}
