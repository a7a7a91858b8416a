/** Tokens that differ from valid ones as a test specifies, made by hand: a library would refuse to make some of them. */
import { createHmac } from 'node:crypto';

export interface Forgery {
  /** Of the signature; the header may name a different algorithm. */
  key: string;
  header?: object;
  /** In addition to the valid claims; an undefined one is left out. */
  claims?: object;
  /** Instead of all claims. */
  payload?: unknown;
  hash?: 'sha256' | 'sha384' | 'sha512';
}

/** Seconds since 1970. */
export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}

export function forgeToken({ key, header, claims, payload, hash = 'sha256' }: Forgery): string {
  const now = secondsFromNow(0);
  const sub = '5b0a2f0e-3c59-4a0e-9a53-0f5f0f6f7a11';
  const ours = { sub, aud: 'switchboard:websocket', iat: now, nbf: now, exp: now + 60 };
  const head = base64url({ alg: 'HS256', typ: 'switchboard+jwt', ...header });
  const body = base64url(payload === undefined ? { ...ours, ...claims } : payload);
  const signature = createHmac(hash, key).update(`${head}.${body}`).digest('base64url');
  return `${head}.${body}.${signature}`;
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
