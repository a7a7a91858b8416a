/** Tokens of the OpenID issuer that the settings name. */
import { oidcSettingsFrom } from '../lambdas/access/oidc-settings';
import type { OidcVerifier } from '../lambdas/ports/client-identity';
import type { Clock, Log } from '../lambdas/ports/runtime';
import type { Settings } from './settings';

/** Lazy import: few servers name one. */
export async function openOidc(given: Settings, clock: Clock, log: Log): Promise<OidcVerifier | undefined> {
  const settings = oidcSettingsFrom(given);
  if (!settings) return undefined;
  const { createOidcVerifier } = await import('../lambdas/access/oidc-tokens');
  return createOidcVerifier({ settings, clock, log });
}
