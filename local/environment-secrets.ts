/** Secrets of the team's own code, from the environment: each under its own name. */
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
