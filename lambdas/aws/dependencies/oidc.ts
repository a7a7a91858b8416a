/** Verifies tokens of the configured OpenID issuer. */
import { oidcSettingsFrom } from '../../access/oidc-settings';
import type { OidcVerifier } from '../../ports/client-identity';
import { systemClock } from '../../ports/runtime';
import { createJsonLog } from '../json-log';
import type { FunctionContext } from './function-context';

/** Loads its code on first use, from a separate file (`CHUNKS` in `lib/bundle.ts`), and only if an issuer is configured. */
export function oidcTokens({ environment, load }: FunctionContext): OidcVerifier | undefined {
  const settings = oidcSettingsFrom(environment);
  if (!settings || !load) return undefined;

  const open = async (chunk: Promise<unknown>) => {
    const { createOidcVerifier } = (await chunk) as typeof import('../oidc-tokens');
    return createOidcVerifier({ settings, clock: systemClock, log: createJsonLog(environment) });
  };
  let opened: Promise<OidcVerifier> | undefined;
  return async (token) => {
    opened ??= open(load('oidc-tokens'));
    return (await opened)(token);
  };
}
