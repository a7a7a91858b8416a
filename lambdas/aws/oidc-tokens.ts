/** The file of its own in which a bundle has what tokens of an OpenID issuer need: only deployments that name one read it. */
export { createOidcVerifier } from '../access/oidc-tokens';
