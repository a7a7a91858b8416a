/** Context for creating a function's dependencies and SDK clients. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { App } from '../../ports/app';
import type { Environment } from '../environment';
import type { requestHandler } from '../sdk-clients';

/** Options of an SDK client. On Lambda the SDK finds region, credentials and endpoint by itself. */
export interface ClientOptions {
  region?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** Identifies the caller in the user agent of each call, and so in CloudTrail. */
  userAgentAppId?: string;
  endpoint?: string;
  /** Timeouts and agents that differ from `sdk-clients.ts`. */
  requestHandler?: ReturnType<typeof requestHandler>;
}

/** Context of one function's dependencies. One object per function, so that its stores share a client. */
export interface FunctionContext {
  environment: Environment;
  /** The team's app, if the function uses it. */
  app?: App;
  /** Loads a file next to the function's bundle (`CHUNKS` in `lib/bundle.ts`). */
  load?(chunk: 'mcp-tools' | 'app-secrets' | 'oidc-tokens'): Promise<unknown>;
  dynamoDb?: ClientOptions;
  lambda?: ClientOptions;
  eventBridge?: ClientOptions;
  secretsManager?: ClientOptions;
  /** The endpoint is a promise, because the port may not be open yet. */
  management?: Omit<ClientOptions, 'endpoint'> & { endpoint?: () => Promise<{ url: URL }> };
  /** Created on first use. */
  documents?: DynamoDBDocumentClient;
}
