/** What an API key may open. */

/** `read` reads, `push` reaches clients, `tokens` issues tokens, `admin` does all of this and manages keys. */
export const SCOPES = ['read', 'push', 'tokens', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** The name of the key that a server begins with: it may do everything, and is rotated where it is kept. */
export const FIRST_KEY = 'first';
