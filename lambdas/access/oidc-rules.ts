/** Allowed values of the OpenID settings on both hosts, by the names that one machine uses. */
import * as z from 'zod';
import { isSafeUrl, OIDC_DEFAULTS } from './oidc-settings';

function isIssuer(text: string): boolean {
  if (/[\s?#]/.test(text) || !isSafeUrl(text)) return false;
  const { username, password } = new URL(text);
  return `${username}${password}` === '';
}

const claimOrNothing = {
  schema: z.string().regex(/^[^\s\p{C}]{0,200}$/u),
  allowed: 'the name of a claim, or nothing',
};

/** `allowed` completes the sentence "NAME must be …". */
export const OIDC_RULES = {
  OIDC_ISSUER: {
    schema: z.string().refine((text) => text === '' || isIssuer(text)),
    default: OIDC_DEFAULTS.OIDC_ISSUER,
    allowed: 'an https URL such as https://login.example.com/realms/devices, exactly as in the tokens, or nothing',
  },
  OIDC_AUDIENCE: {
    schema: z.string().regex(/^([^\s,]{1,500}(,[^\s,]{1,500})*)?$/),
    default: OIDC_DEFAULTS.OIDC_AUDIENCE,
    allowed: 'one or more audiences, separated by commas',
  },
  OIDC_CLIENT_ID_CLAIM: {
    schema: z.string().regex(/^[^\s\p{C}]{1,200}$/u),
    default: OIDC_DEFAULTS.OIDC_CLIENT_ID_CLAIM,
    allowed: 'the name of a claim',
  },
  OIDC_LABELS_CLAIM: { ...claimOrNothing, default: OIDC_DEFAULTS.OIDC_LABELS_CLAIM },
  OIDC_GROUPS_CLAIM: { ...claimOrNothing, default: OIDC_DEFAULTS.OIDC_GROUPS_CLAIM },
  OIDC_MESSAGE_RATE_CLAIM: { ...claimOrNothing, default: OIDC_DEFAULTS.OIDC_MESSAGE_RATE_CLAIM },
} as const;

interface Given {
  auth: string;
  issuer: string;
  audience: string;
}

/** The first conflict between the settings: the wrong one, and the rest of a sentence that begins with its name. */
export function oidcFault({ auth, issuer, audience }: Given): { setting: keyof Given; why: string } | undefined {
  if (issuer === '') return undefined;
  if (audience === '') {
    return { setting: 'audience', why: 'is missing, but must name the audience that tokens of the issuer are for.' };
  }
  if (auth === 'token') return undefined;
  return { setting: 'auth', why: `is "${auth}", but must be token if an OpenID issuer is set.` };
}
