/** Separate bundle file for verifying OpenID tokens: only deployments with an issuer load it. */
export { createOidcVerifier } from '../access/oidc-tokens';
