/**
 * Identifies clients without a token. The `client_id` is a hash of the resume token, so the token proves the id and nothing has to be
 * stored. A made-up token gives an id that belongs to nobody.
 */
import { randomBytes } from 'node:crypto';
import { uuidOfText } from '../ports/runtime';

const BYTES = 32;

/** Unguessable: 256 random bits, in Base64URL. */
export function newResumeToken(): string {
  return randomBytes(BYTES).toString('base64url');
}

export function isResumeToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
}

export function clientIdOf(resumeToken: string): string {
  return uuidOfText(resumeToken);
}
