/**
 * Stands for the SDK's cache of discovered endpoints in the bundles. DynamoDB's client makes one whatever it calls, and no call of ours
 * discovers an endpoint: the cache brings 15 KB, a twentieth of what answers each message.
 */
export class EndpointCache {}
