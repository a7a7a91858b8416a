/**
 * API Gateway connections, over its @connections endpoint.
 *
 * Create the client with `createManagementClient`, which turns off the SDK's retries: they would multiply with those of `retry.ts`, and
 * would repeat a post after a lost response, so that a client gets it twice.
 */
import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { ConnectionError, type ConnectionErrorCode, type Connections } from '../ports/connections';
import type { Clock } from '../ports/runtime';
import { createRetry } from './retry';
import { isStaleSocket, MAX_SOCKETS, requestHandler, watchedAgents } from './sdk-clients';

/** Timeout of a call in milliseconds, so that one hanging call does not hold up a page of others. */
const CALL_TIMEOUT = 5_000;

/** The SDK's errors by name, because classes differ between copies of the SDK. Any other is `failed`. */
const ERROR_CODES: ReadonlyMap<string, ConnectionErrorCode | 'gone'> = new Map([
  ['GoneException', 'gone'],
  ['LimitExceededException', 'throttled'],
  ['PayloadTooLargeException', 'too_large'],
  ['ForbiddenException', 'forbidden'],
]);

export interface ApiGatewayConnectionsOptions {
  /** Made by `createManagementClient`. */
  client: ApiGatewayManagementApiClient;
  clock: Clock;
}

/** A client that tries each call once, with a timeout. */
export function createManagementClient(
  config: Omit<ApiGatewayManagementApiClientConfig, 'maxAttempts' | 'retryStrategy'>,
): ApiGatewayManagementApiClient {
  const handler = { ...requestHandler(CALL_TIMEOUT), ...watchedAgents() };
  return new ApiGatewayManagementApiClient({ requestHandler: handler, ...config, maxAttempts: 1 });
}

export function createApiGatewayConnections({ client, clock }: ApiGatewayConnectionsOptions): Connections {
  const withRetries = createRetry(clock);

  /** @throws ConnectionError */
  async function attempt<Done extends string>(call: () => Promise<unknown>, done: Done): Promise<Done | 'gone'> {
    try {
      await pastStaleSockets(call);
      return done;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'gone') return code;
      throw new ConnectionError(code, { cause: error });
    }
  }

  return {
    async post(connectionId, text, mode = 'at_most_once') {
      const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: text });
      return withRetries(() => attempt(() => client.send(command), 'delivered'), mode);
    },
    async close(connectionId) {
      const command = new DeleteConnectionCommand({ ConnectionId: connectionId });
      return withRetries(() => attempt(() => client.send(command), 'closed'), 'at_most_once');
    },
    async isOpen(connectionId) {
      const command = new GetConnectionCommand({ ConnectionId: connectionId });
      return (await withRetries(() => attempt(() => client.send(command), 'open'), 'at_most_once')) === 'open';
    },
  };
}

/**
 * Retries after a socket that the server closed while it was idle. The call was not handled, so this is safe even at most once. A retry
 * may get another stale socket from the pool, so there are as many retries as sockets.
 */
async function pastStaleSockets(call: () => Promise<unknown>): Promise<unknown> {
  for (let stale = 0; ; stale++) {
    try {
      return await call();
    } catch (error) {
      if (!isStaleSocket(error) || stale === MAX_SOCKETS) throw error;
    }
  }
}

function codeOf(error: unknown): ConnectionErrorCode | 'gone' {
  return (error instanceof Error && ERROR_CODES.get(error.name)) || 'failed';
}
