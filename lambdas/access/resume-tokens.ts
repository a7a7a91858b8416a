/**
 * Who a client is where no token names it. Its `client_id` is a hash of its resume token: so the token proves the id, and nobody has to
 * store it. A token that nobody was given names a client that nobody was.
 */
import { randomBytes } from 'node:crypto';
import { uuidOfText } from '../ports/runtime';

const BYTES = 32;

/** Unguessable: 256 random bits in Base64URL. */
export function newResumeToken(): string {
  return randomBytes(BYTES).toString('base64url');
}

export function isResumeToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
}

export function clientIdOf(resumeToken: string): string {
  return uuidOfText(resumeToken);
}
