/** Secrets for the team's own code, from AWS Secrets Manager, cached for a limited time. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../ports/runtime';
import type { Secrets } from '../ports/secrets';

/** Milliseconds that a secret is cached, so that a new value takes effect without a deployment. */
const MAX_AGE = 300_000;

export interface SecretsManagerSecretsOptions {
  client: Pick<SecretsManagerClient, 'send'>;
  /**
   * @returns the secret's ARN; undefined if the deployment has no such secret
   */
  secretId(name: string): string | undefined;
  clock: Clock;
}

export function createSecretsManagerSecrets({ client, secretId, clock }: SecretsManagerSecretsOptions): Secrets {
  const kept = new Map<string, { value: Promise<string>; until: number }>();

  async function read(name: string): Promise<string> {
    const SecretId = secretId(name);
    if (SecretId === undefined) throw new Error(`no secret named ${name}: add it to the setting app_secrets`);
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
    if (SecretString === undefined) throw new Error(`the secret ${name} has no text value`);
    return SecretString;
  }

  return {
    get(name) {
      const known = kept.get(name);
      if (known && known.until > clock.now()) return known.value;
      const value = read(name);
      kept.set(name, { value, until: clock.now() + MAX_AGE });
      value.catch(() => kept.delete(name)); // do not cache failures
      return value;
    },
  };
}
