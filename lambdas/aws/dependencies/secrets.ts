/** Keys and secrets from Secrets Manager. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { KeySource } from '../../ports/key-source';
import { systemClock } from '../../ports/runtime';
import type { Secrets } from '../../ports/secrets';
import { variable } from '../environment';
import { withOutages } from '../outages';
import { requestHandler, SAFE_TO_RETRY } from '../sdk-clients';
import { createSecretsManagerKeys } from '../secrets-manager-keys';
import type { FunctionContext } from './function-context';

export function apiKeys(context: FunctionContext): KeySource {
  return keysFrom(context, variable(context.environment, 'API_KEY_SECRET'));
}

/** Undefined if access control is off. */
export function signingKeys(context: FunctionContext): KeySource | undefined {
  const secretId = context.environment.SIGNING_KEY_SECRET;
  return secretId === undefined ? undefined : keysFrom(context, secretId);
}

function keysFrom({ secretsManager = {} }: FunctionContext, secretId: string): KeySource {
  return withOutages(
    createSecretsManagerKeys({
      client: new SecretsManagerClient({ ...SAFE_TO_RETRY, requestHandler: requestHandler(), ...secretsManager }),
      secretId,
      clock: systemClock,
    }),
  );
}

/** Loads its code on first use, from a separate file (`CHUNKS` in `lib/bundle.ts`). */
export function secrets(context: FunctionContext): Secrets {
  let opened: Promise<Secrets> | undefined;
  async function open(): Promise<Secrets> {
    if (!context.load) throw new Error('this function has no bundle file for reading secrets');
    const { openSecrets } = (await context.load('app-secrets')) as typeof import('../app-secrets');
    return openSecrets(context);
  }
  return {
    async get(name) {
      opened ??= open();
      return (await opened).get(name);
    },
  };
}
