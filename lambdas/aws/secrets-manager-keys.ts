/** Keys in an AWS Secrets Manager secret. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createCachedKeys } from '../access/cached-keys';
import { keysFromJson } from '../access/keys';
import type { KeySource, Keys } from '../ports/key-source';
import type { Clock } from '../ports/runtime';

export interface SecretsManagerKeysOptions {
  client: SecretsManagerClient;
  /** The secret's ARN or name. */
  secretId: string;
  clock: Clock;
}

export function createSecretsManagerKeys({ client, secretId, clock }: SecretsManagerKeysOptions): KeySource {
  return createCachedKeys(() => readSecret(client, secretId), clock);
}

/**
 * @throws KeysError if the secret contains no keys; the SDK's own errors pass through
 */
export async function readSecret(client: SecretsManagerClient, secretId: string): Promise<Keys> {
  const { SecretString: text = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  return keysFromJson(text, 'the secret');
}
