/**
 * Replaces the SDK's credential provider chain in the bundles (`lib/bundle.ts`). On Lambda the role's credentials are in environment
 * variables, and the other providers are a fifth of the code that would be loaded.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';

export function defaultProvider() {
  return fromEnv();
}
