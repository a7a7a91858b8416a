/**
 * Stands for the SDK's chain of credential providers in the bundles (`lib/bundling.ts` puts it in its place): on Lambda the
 * role's credentials are in the environment, and all the other places to look for some are a fifth of what would be loaded.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';

export function defaultProvider() {
  return fromEnv();
}
