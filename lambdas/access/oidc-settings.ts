/** Settings of the OpenID issuer, from environment variables with the same names on both hosts. */

/** Defaults of the variables. */
export const OIDC_DEFAULTS = {
  OIDC_ISSUER: '',
  OIDC_AUDIENCE: '',
  OIDC_CLIENT_ID_CLAIM: 'sub',
  OIDC_LABELS_CLAIM: '',
  OIDC_GROUPS_CLAIM: '',
  OIDC_MESSAGE_RATE_CLAIM: '',
} as const;

export type OidcVariables = Readonly<Partial<Record<keyof typeof OIDC_DEFAULTS, string>>>;

export interface OidcSettings {
  issuer: string;
  /** A token must be for at least one of these. */
  audiences: readonly string[];
  clientIdClaim: string;
  /** Empty, like the next two, if tokens do not carry it. */
  labelsClaim: string;
  groupsClaim: string;
  messageRateClaim: string;
}

/** @returns undefined if no issuer is set */
export function oidcSettingsFrom(variables: OidcVariables): OidcSettings | undefined {
  const of = (name: keyof typeof OIDC_DEFAULTS) => variables[name] ?? OIDC_DEFAULTS[name];
  if (of('OIDC_ISSUER') === '') return undefined;
  return {
    issuer: of('OIDC_ISSUER'),
    audiences: of('OIDC_AUDIENCE').split(','),
    clientIdClaim: of('OIDC_CLIENT_ID_CLAIM'),
    labelsClaim: of('OIDC_LABELS_CLAIM'),
    groupsClaim: of('OIDC_GROUPS_CLAIM'),
    messageRateClaim: of('OIDC_MESSAGE_RATE_CLAIM'),
  };
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** True for https, and for http on this machine: keys fetched over plain HTTP from elsewhere could be anybody's. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}
