/** Secrets of the team's own code, in AWS Secrets Manager: each read once, and kept for a bounded time. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../ports/runtime';
import type { Secrets } from '../ports/secrets';

/** Milliseconds that a secret is kept, so that a new value is noticed without a deployment. */
const MAX_AGE = 300_000;

export interface SecretsManagerSecretsOptions {
  client: Pick<SecretsManagerClient, 'send'>;
  /** @returns the secret's ARN; undefined where the deployment names none */
  secretId(name: string): string | undefined;
  clock: Clock;
}

export function createSecretsManagerSecrets({ client, secretId, clock }: SecretsManagerSecretsOptions): Secrets {
  const kept = new Map<string, { value: Promise<string>; until: number }>();

  async function read(name: string): Promise<string> {
    const SecretId = secretId(name);
    if (SecretId === undefined) throw new Error(`no secret named ${name}: name its ARN in the setting app_secrets`);
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    if (SecretString === undefined) throw new Error(`the secret ${name} holds no text`);
    return SecretString;
  }

  return {
    get(name) {
      const known = kept.get(name);
      if (known && known.until > clock.now()) return known.value;
      const value = read(name);
      kept.set(name, { value, until: clock.now() + MAX_AGE });
      value.catch(() => kept.delete(name)); // a failure is not kept
      return value;
    },
  };
}
