/** Scopes of API keys. */

/** `read` reads, `push` sends to clients, `tokens` issues tokens, `admin` does all of this and manages keys. */
export const SCOPES = ['read', 'push', 'tokens', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** Name of the key in the server's settings: it may do everything, and is rotated where it is stored. */
export const FIRST_KEY = 'first';
