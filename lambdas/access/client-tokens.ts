/**
 * Client tokens: short-lived, for one client_id, used to connect. A JWT (RFC 7519), signed with HS256 and a key that only this deployment
 * has. Its own type and audience keep other JWTs out.
 */
import { JOSEError, JWSSignatureVerificationFailed, JWTClaimValidationFailed, JWTExpired } from 'jose/errors';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import type { ClientIdentity, TokenIdentity, TokenRefusal, TokenVerifier, Verdict } from '../ports/client-identity';
import type { KeySource, Keys } from '../ports/key-source';
import type { Clock } from '../ports/runtime';
import { MAX_TOKEN_TTL_SECONDS } from '../protocol/limits';
import { canonicalName, isGroupPattern, isLabel, isName } from '../protocol/names';

const TOKEN_ALGORITHM = 'HS256';
export const TOKEN_TYPE = 'switchboard+jwt';
const TOKEN_AUDIENCE = 'switchboard:websocket';

/** Tolerated clock skew in seconds between issuer and verifier; both are ours. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Characters. Our tokens have about 300, or about 8,400 with the most labels and groups; API Gateway allows 10,240 for all headers. */
const MAX_TOKEN_LENGTH = 8_704;

/** A token has exactly one spelling; the decoding library would ignore spaces and padding. */
const TOKEN_SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export function isTokenShaped(text: string): boolean {
  return text.length <= MAX_TOKEN_LENGTH && TOKEN_SHAPE.test(text);
}

export interface TokenDependencies {
  keys: KeySource;
  clock: Clock;
}

export interface IssuedToken {
  token: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export type TokenIssuer = (identity: ClientIdentity, ttlSeconds: number) => Promise<IssuedToken>;

export function createTokenIssuer({ keys, clock }: TokenDependencies): TokenIssuer {
  return async function issueToken({ clientId, labels, groups, mayJoin, messageRate, owner, issuedBy }, ttlSeconds) {
    const { current } = await keys.get();
    const now = Math.floor(clock.now() / 1_000);
    const limits = { may_join: mayJoin, message_rate: messageRate };
    const token = await new SignJWT({ labels, groups, ...limits, owner, issued_by: issuedBy })
      .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: TOKEN_TYPE })
      .setSubject(clientId)
      .setAudience(TOKEN_AUDIENCE)
      .setIssuedAt(clock.now() / 1_000) // with milliseconds: a token issued right after a revocation is valid
      .setNotBefore(now)
      .setExpirationTime(now + ttlSeconds)
      .sign(Buffer.from(current));
    return { token, expiresAt: (now + ttlSeconds) * 1_000 };
  };
}

export function createTokenVerifier({ keys, clock }: TokenDependencies): TokenVerifier {
  async function verifyWithAny(token: string, { current, previous }: Keys): Promise<Verdict> {
    const now = new Date(clock.now());
    const verdict = await verifyWith(token, current, now);
    return previous !== undefined && isUnknownKey(verdict) ? verifyWith(token, previous, now) : verdict;
  }

  return async function verifyToken(token) {
    if (!isTokenShaped(token)) return { refusal: 'malformed' };
    const verdict = await verifyWithAny(token, await keys.get());
    return isUnknownKey(verdict) ? verifyWithAny(token, await keys.refresh()) : verdict;
  };
}

function isUnknownKey(verdict: Verdict): boolean {
  return 'refusal' in verdict && verdict.refusal === 'unknown_key';
}

async function verifyWith(token: string, key: string, now: Date): Promise<Verdict> {
  try {
    const { payload } = await jwtVerify(token, Buffer.from(key), {
      algorithms: [TOKEN_ALGORITHM],
      typ: TOKEN_TYPE,
      audience: TOKEN_AUDIENCE,
      requiredClaims: ['sub', 'nbf', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: now,
    });
    const { nbf, exp } = payload as { nbf: number; exp: number };
    if (exp - nbf > MAX_TOKEN_TTL_SECONDS) return { refusal: 'ttl_too_long' };
    return identityFrom(payload) ?? { refusal: 'invalid_claims' };
  } catch (error) {
    if (!(error instanceof JOSEError)) throw error;
    return { refusal: refusalOf(error) };
  }
}

function identityFrom(claims: Record<string, unknown>): TokenIdentity | undefined {
  const { sub, labels, groups, may_join: mayJoin, message_rate: messageRate } = claims;
  const { owner, issued_by: issuedBy, iat, nbf } = claims;
  if (!isName(sub) || !isListOf(isLabel, labels) || !isListOf(isName, groups)) return undefined;
  if (!isListOf(isGroupPattern, mayJoin)) return undefined;
  if (messageRate !== undefined && !(typeof messageRate === 'number' && messageRate > 0)) return undefined;
  return {
    clientId: canonicalName(sub),
    ...(labels?.length && { labels }),
    ...(groups?.length && { groups }),
    ...(mayJoin?.length && { mayJoin }),
    ...(messageRate !== undefined && { messageRate }),
    ...(typeof owner === 'string' && { owner }),
    ...(typeof issuedBy === 'string' && { issuedBy }),
    issuedAt: Math.round((typeof iat === 'number' ? iat : (nbf as number)) * 1_000),
  };
}

function isListOf(isOne: (value: unknown) => value is string, value: unknown): value is string[] | undefined {
  return value === undefined || (Array.isArray(value) && value.every(isOne));
}

function refusalOf(error: JOSEError): TokenRefusal {
  if (error instanceof JWSSignatureVerificationFailed) return 'unknown_key';
  if (error instanceof JWTExpired) return 'expired';
  const isEarly = error instanceof JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed';
  if (isEarly) return 'not_yet_valid';
  return 'malformed';
}
