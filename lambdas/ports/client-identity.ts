/** A client's identity, and the result of verifying a token. */

/** A client's identity. Empty lists are omitted. */
export interface ClientIdentity {
  clientId: string;
  labels?: readonly string[];
  groups?: readonly string[];
  /** Groups that the client may join by itself. Each entry is a name, or a prefix that ends with `*`. */
  mayJoin?: readonly string[];
  /** Messages per second; default: the server's setting. */
  messageRate?: number;
  /** If set, the client must be new or have this as its first label. */
  owner?: string;
  /** The API key that issued the token. */
  issuedBy?: string;
}

/** A client's identity according to its token. */
export interface TokenIdentity extends ClientIdentity {
  /** Milliseconds since 1970. */
  issuedAt: number;
}

/** Why a token is refused; for the log. The client only gets the status. */
export type TokenRefusal =
  | 'malformed'
  | 'unknown_key'
  | 'unusable_key'
  | 'algorithm_not_allowed'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'ttl_too_long'
  | 'invalid_claims'
  | 'revoked';

/** A refusal may name the claim that caused it, but never its value. */
export type Verdict = TokenIdentity | { refusal: TokenRefusal; claim?: string };

export type TokenVerifier = (token: string) => Promise<Verdict>;

/** Verifies tokens of an OpenID issuer; undefined for tokens that do not come from another issuer. */
export type OidcVerifier = (token: string) => Promise<Verdict | undefined>;
