/** Secrets of your own code, read from environment variables of the same name. */
import type { Secrets } from '../lambdas/ports/secrets';
import type { Environment } from './settings';

export function createEnvironmentSecrets(environment: Environment): Secrets {
  return {
    async get(name) {
      const value = environment[name];
      if (value === undefined || value === '')
        throw new Error(`no secret named ${name}: set the environment variable ${name}`);
      return value;
    },
  };
}
