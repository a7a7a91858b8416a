/** Keys and secrets, from Secrets Manager. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { KeySource } from '../../ports/key-source';
import { systemClock } from '../../ports/runtime';
import type { Secrets } from '../../ports/secrets';
import { secretVariable, variable } from '../environment';
import { withOutages } from '../outages';
import { requestHandler, SAFE_TO_RETRY } from '../sdk-clients';
import { createSecretsManagerKeys } from '../secrets-manager-keys';
import { createSecretsManagerSecrets } from '../secrets-manager-secrets';
import type { FunctionContext } from './function-context';

export function apiKeys(context: FunctionContext): KeySource {
  return keysFrom(context, variable(context.environment, 'API_KEY_SECRET'));
}

/** Undefined where access control is off. */
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

export function secrets({ environment, secretsManager = {} }: FunctionContext): Secrets {
  let client: SecretsManagerClient | undefined;
  return createSecretsManagerSecrets({
    client: () => {
      client ??= new SecretsManagerClient({ ...SAFE_TO_RETRY, requestHandler: requestHandler(), ...secretsManager });
      return client;
    },
    secretId: (name) => environment[secretVariable(name)],
    clock: systemClock,
  });
}
