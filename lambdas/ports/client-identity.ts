/** Who a client is, and the verdict on a token that says so. */

/** Who a client is. Lists are left out where they would be empty. */
export interface ClientIdentity {
  clientId: string;
  labels?: readonly string[];
  groups?: readonly string[];
  /** Groups that the client may join by itself. Each entry is a name, or a prefix that ends with `*`. */
  mayJoin?: readonly string[];
  /** Messages a second; the server's setting where left out. */
  messageRate?: number;
  /** The client must be new, or have this as its first label. */
  owner?: string;
  /** The API key that issued the token. */
  issuedBy?: string;
}

/** Who a client is, by a token. */
export interface TokenIdentity extends ClientIdentity {
  /** Milliseconds since 1970. */
  issuedAt: number;
}

/** Why a token is refused: for the log. The client gets the status alone. */
export type TokenRefusal =
  | 'malformed'
  | 'unknown_key'
  | 'algorithm_not_allowed'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'ttl_too_long'
  | 'invalid_claims'
  | 'revoked';

/** A refusal may name the claim that it is about, but never says what is in it. */
export type Verdict = TokenIdentity | { refusal: TokenRefusal; claim?: string };

export type TokenVerifier = (token: string) => Promise<Verdict>;

/** Verifies tokens of an OpenID issuer; undefined for a token that is not one of another issuer's. */
export type OidcVerifier = (token: string) => Promise<Verdict | undefined>;
