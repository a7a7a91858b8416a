/** The OpenID issuer whose tokens clients may show, as the settings of either host say it: variables with the same names. */

/** What the variables are where nobody says. */
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
  /** A token is for one of these at least. */
  audiences: readonly string[];
  clientIdClaim: string;
  /** Empty, as the next two, where tokens say nothing of it. */
  labelsClaim: string;
  groupsClaim: string;
  messageRateClaim: string;
}

/** @returns undefined where no issuer is named */
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

/** Keys that come over plain HTTP could be anybody's, unless it stays on this machine. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}
