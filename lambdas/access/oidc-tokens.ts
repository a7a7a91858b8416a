/** Verifies tokens of the team's OpenID issuer, and reads the client's identity from their claims. */
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import {
  JOSEAlgNotAllowed,
  JOSEError,
  JWKSInvalid,
  JWKSMultipleMatchingKeys,
  JWKSNoMatchingKey,
  JWSSignatureVerificationFailed,
  JWTClaimValidationFailed,
  JWTExpired,
} from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import type { OidcVerifier, TokenIdentity, Verdict } from '../ports/client-identity';
import type { Clock, Log } from '../ports/runtime';
import {
  MAX_LABELS,
  MAX_MESSAGE_RATE,
  MAX_TOKEN_GROUPS,
  MAX_TOKEN_TTL_SECONDS,
  MIN_MESSAGE_RATE,
} from '../protocol/limits';
import { canonicalName, isLabel, isName } from '../protocol/names';
import { isTokenShaped, TOKEN_TYPE } from './client-tokens';
import { createIssuerKeys, type KeySet } from './issuer-keys';
import type { OidcSettings } from './oidc-settings';

/** Asymmetric algorithms only: a public key must never be accepted as a shared secret. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Tolerated clock skew in seconds between the issuer and this server. */
const CLOCK_TOLERANCE_SECONDS = 10;

type Claims = Readonly<Record<string, unknown>>;

/** An invalid claim. */
class ClaimError extends Error {
  constructor(readonly claim: string) {
    super(`the claim ${claim} is not valid`);
  }
}

export interface OidcDependencies {
  settings: OidcSettings;
  clock: Clock;
  log: Log;
}

export function createOidcVerifier({ settings, clock, log }: OidcDependencies): OidcVerifier {
  const keys = createIssuerKeys({ issuer: settings.issuer, clock, log });

  async function verifyWith(token: string, held: KeySet): Promise<Verdict> {
    try {
      const { payload } = await jwtVerify(token, held, {
        algorithms: ALGORITHMS,
        issuer: settings.issuer,
        audience: [...settings.audiences],
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        // Revocations are kept for the longest lifetime of a token (`revocations.ts`), so an older token may have been revoked.
        maxTokenAge: MAX_TOKEN_TTL_SECONDS - CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock.now()),
      });
      return identityFrom(payload, settings);
    } catch (error) {
      return refusalOf(error);
    }
  }

  return async function verifyOidcToken(token) {
    if (!isTokenShaped(token) || isOwn(token)) return undefined;
    const held = await keys.get();
    const verdict = await verifyWith(token, held);
    if (!('refusal' in verdict && verdict.refusal === 'unknown_key')) return verdict;
    const newer = await keys.refresh();
    return newer === held ? verdict : verifyWith(token, newer);
  };
}

/** Only decides who verifies the token, not whether it is valid. */
function isOwn(token: string): boolean {
  try {
    return decodeProtectedHeader(token).typ === TOKEN_TYPE;
  } catch {
    return true; // not a token: the own verifier refuses it
  }
}

/** @throws ClaimError */
function identityFrom(claims: Claims, settings: OidcSettings): TokenIdentity {
  const clientId = claimOf(claims, settings.clientIdClaim);
  if (!isName(clientId)) throw new ClaimError(settings.clientIdClaim);
  const labels = listOf(claims, settings.labelsClaim, isLabel, MAX_LABELS);
  const groups = listOf(claims, settings.groupsClaim, isName, MAX_TOKEN_GROUPS);
  const messageRate = rateOf(claims, settings.messageRateClaim);
  return {
    clientId: canonicalName(clientId),
    ...(labels.length > 0 && { labels }),
    ...(groups.length > 0 && { groups }),
    ...(messageRate !== undefined && { messageRate }),
    // The issuer's clock may be ahead: a token issued before a revocation must not look newer than it.
    issuedAt: ((claims.iat as number) - CLOCK_TOLERANCE_SECONDS) * 1_000,
  };
}

/** The claim with this name, or else at this path, such as `realm_access.roles`. Null is the same as absent. */
function claimOf(claims: Claims, name: string): unknown {
  if (name === '') return undefined;
  if (Object.hasOwn(claims, name)) return claims[name] ?? undefined;
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Claims)[part];
  }
  return value ?? undefined;
}

/** A list, or a single string. @throws ClaimError */
function listOf(claims: Claims, name: string, isOne: (value: unknown) => value is string, most: number): string[] {
  const value = claimOf(claims, name) ?? [];
  const all = [...new Set(Array.isArray(value) ? value : [value])];
  if (all.length > most || !all.every(isOne)) throw new ClaimError(name);
  return all;
}

/** @throws ClaimError */
function rateOf(claims: Claims, name: string): number | undefined {
  const value = claimOf(claims, name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= MIN_MESSAGE_RATE && value <= MAX_MESSAGE_RATE) return value;
  throw new ClaimError(name);
}

/** @throws the error itself if it is not about the token */
function refusalOf(error: unknown): Verdict {
  if (error instanceof ClaimError) return { refusal: 'invalid_claims', claim: error.claim };
  if (isAboutKey(error)) return { refusal: 'unknown_key' };
  if (isOfUnusableKey(error)) return { refusal: 'unusable_key' };
  if (error instanceof JOSEAlgNotAllowed) return { refusal: 'algorithm_not_allowed' };
  if (error instanceof JWTExpired) return { refusal: 'expired', claim: error.claim };
  if (error instanceof JWTClaimValidationFailed) return refusalByClaim(error);
  if (error instanceof JOSEError) return { refusal: 'malformed' };
  throw error;
}

function isAboutKey(error: unknown): boolean {
  const kinds = [JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JWSSignatureVerificationFailed];
  return kinds.some((kind) => error instanceof kind);
}

/** The issuer publishes the key, but it cannot verify: incomplete, too short, or private. Most of these errors are the platform's, not jose's. */
function isOfUnusableKey(error: unknown): boolean {
  return [JWKSInvalid, DOMException, TypeError].some((kind) => error instanceof kind);
}

function refusalByClaim({ claim, reason }: JWTClaimValidationFailed): Verdict {
  if (claim === 'iss') return { refusal: 'wrong_issuer', claim };
  if (claim === 'aud') return { refusal: 'wrong_audience', claim };
  const isEarly = (claim === 'nbf' || claim === 'iat') && reason === 'check_failed';
  return { refusal: isEarly ? 'not_yet_valid' : 'invalid_claims', claim };
}
