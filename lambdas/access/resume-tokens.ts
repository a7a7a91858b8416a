/**
 * Who a client is where no token names it. Its `client_id` is a hash of its resume token: so the token proves the id, and nobody has to
 * store it. A token that nobody was given names a client that nobody was.
 */
import { createHash, randomBytes } from 'node:crypto';

const BYTES = 32;

/** Unguessable: 256 random bits in Base64URL. */
export function newResumeToken(): string {
  return randomBytes(BYTES).toString('base64url');
}

export function isResumeToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
}

/** A UUID of version 8, which is for an application's own: RFC 9562, section 5.8. */
export function clientIdOf(resumeToken: string): string {
  const hash = createHash('sha256').update(resumeToken).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
