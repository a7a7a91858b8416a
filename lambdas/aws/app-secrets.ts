/** Separate bundle file with the Secrets Manager client, for secrets of the team's own code: few messages need it. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '../ports/runtime';
import type { Secrets } from '../ports/secrets';
import type { FunctionContext } from './dependencies/function-context';
import { secretVariable } from './environment';
import { requestHandler, SAFE_TO_RETRY } from './sdk-clients';
import { createSecretsManagerSecrets } from './secrets-manager-secrets';

export function openSecrets({ environment, secretsManager }: FunctionContext): Secrets {
  return createSecretsManagerSecrets({
    client: new SecretsManagerClient({ ...SAFE_TO_RETRY, requestHandler: requestHandler(), ...secretsManager }),
    secretId: (name) => environment[secretVariable(name)],
    clock: systemClock,
  });
}
