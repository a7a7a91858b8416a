/**
 * Replaces the SDK's cache of discovered endpoints in the bundles. The DynamoDB client always creates one, but none of our calls discover
 * endpoints. The cache is 15 KB, a twentieth of the message function.
 */
export class EndpointCache {}
