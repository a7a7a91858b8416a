/** Tokens of the OpenID issuer that the deployment names. */
import { oidcSettingsFrom } from '../../access/oidc-settings';
import type { OidcVerifier } from '../../ports/client-identity';
import { systemClock } from '../../ports/runtime';
import { createJsonLog } from '../json-log';
import type { FunctionContext } from './function-context';

/** What it needs is in a file of its own (`CHUNKS` of `lib/bundle.ts`), which is read where the settings name an issuer. */
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
