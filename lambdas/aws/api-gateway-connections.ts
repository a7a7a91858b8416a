/**
 * Connections of API Gateway, over its @connections endpoint.
 *
 * Make the client with `createManagementClient`, which turns the SDK's retries off: they would multiply with those of `retry.ts`, and
 * would repeat a post whose answer was lost, so that a client got it twice.
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

/** Milliseconds that a call may take, so that one hanging call does not hold up a page of others. */
const CALL_TIMEOUT = 5_000;

/** The SDK's errors by name, as classes differ between copies of the SDK. Any other is `failed`. */
const ERROR_CODES: ReadonlyMap<string, ConnectionErrorCode | 'gone'> = new Map([
  ['GoneException', 'gone'],
  ['LimitExceededException', 'throttled'],
  ['PayloadTooLargeException', 'too_large'],
  ['ForbiddenException', 'forbidden'],
]);

export interface ApiGatewayConnectionsOptions {
  /** As `createManagementClient` makes it. */
  client: ApiGatewayManagementApiClient;
  clock: Clock;
}

/** A client that tries each call once, with a time limit. */
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
 * Sends again what met a socket that was closed while it was idle: nothing was handled, so this is safe, also at most once. The next try can
 * take another such socket from the pool; each is tried once.
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
