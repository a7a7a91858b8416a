/** The keys of a function, each in a secret of its own. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { KeySource } from '../../access/keys';
import { createSecretsManagerKeys } from '../../access/secrets-manager-keys';
import { systemClock as clock } from '../../runtime';
import { type Environment, variable } from '../environment';
import type { ClientOptions } from './client-options';

export function apiKeysFrom(environment: Environment, options: ClientOptions = {}): KeySource {
  return keysFrom(variable(environment, 'API_KEY_SECRET'), options);
}

export function signingKeysFrom(environment: Environment, options: ClientOptions = {}): KeySource {
  return keysFrom(variable(environment, 'SIGNING_KEY_SECRET'), options);
}

function keysFrom(secretId: string, options: ClientOptions): KeySource {
  return createSecretsManagerKeys({ client: new SecretsManagerClient(options), secretId, clock });
}
