/** Whose dependencies are made, and with which SDK clients. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { App } from '../../ports/app';
import type { Environment } from '../environment';
import type { requestHandler } from '../sdk-clients';

/** What an SDK client is made with. On Lambda it finds region, credentials and address by itself. */
export interface ClientOptions {
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** Names the caller in the user agent of each call, and so in CloudTrail. */
  userAgentAppId?: string;
  endpoint?: string;
  /** Time limits and agents other than those of `sdk-clients.ts`. */
  requestHandler?: ReturnType<typeof requestHandler>;
}

/** Whose dependencies these are. One object a function, so that its stores share a client. */
export interface FunctionContext {
  environment: Environment;
  /** The team's, for a function that uses it. */
  app?: App;
  /** Reads a file that the function's bundle has beside it (`CHUNKS` of `lib/bundle.ts`). */
  load?(chunk: 'mcp-tools' | 'app-secrets' | 'oidc-tokens'): Promise<unknown>;
  dynamoDb?: ClientOptions;
  lambda?: ClientOptions;
  eventBridge?: ClientOptions;
  secretsManager?: ClientOptions;
  /** The endpoint is a promise where the port is not open yet. */
  management?: Omit<ClientOptions, 'endpoint'> & { endpoint?: () => Promise<{ url: URL }> };
  /** Made at first use. */
  documents?: DynamoDBDocumentClient;
}
