/**
 * Connections of API Gateway, over its @connections endpoint.
 *
 * Make the client with `createManagementClient`, which turns the SDK's own retries off: they would multiply with those of
 * `back-off.ts`, and repeat a post whose answer was lost, so that a client got it twice.
 */
import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { Clock } from '../runtime';
import { createBackOff } from './back-off';
import { ConnectionError, type ConnectionErrorCode, type Connections } from './connections';

/** Milliseconds that a call may take: a client's connection that hangs must not hold everybody else's message. */
const CALL_TIMEOUT = 5_000;

/** The SDK's errors by their names, as classes differ between copies of it. Any other is `failed`. */
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

/** A client that tries each call once, and not for ever. */
export function createManagementClient(
  config: Omit<ApiGatewayManagementApiClientConfig, 'maxAttempts' | 'retryStrategy'>,
): ApiGatewayManagementApiClient {
  const requestHandler = {
    connectionTimeout: CALL_TIMEOUT,
    requestTimeout: CALL_TIMEOUT,
    throwOnRequestTimeout: true, // or the SDK only warns
  };
  return new ApiGatewayManagementApiClient({ requestHandler, ...config, maxAttempts: 1 });
}

export function createApiGatewayConnections({ client, clock }: ApiGatewayConnectionsOptions): Connections {
  const withBackOff = createBackOff(clock);

  /** @throws ConnectionError */
  async function attempt<Done extends string>(call: () => Promise<unknown>, done: Done): Promise<Done | 'gone'> {
    try {
      await call();
      return done;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'gone') return code;
      throw new ConnectionError(code, { cause: error });
    }
  }

  return {
    async post(connectionId, text, patience = 'brief') {
      const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: text });
      return withBackOff(() => attempt(() => client.send(command), 'delivered'), patience);
    },
    async close(connectionId) {
      const command = new DeleteConnectionCommand({ ConnectionId: connectionId });
      return withBackOff(() => attempt(() => client.send(command), 'closed'), 'brief');
    },
  };
}

function codeOf(error: unknown): ConnectionErrorCode | 'gone' {
  return (error instanceof Error && ERROR_CODES.get(error.name)) || 'failed';
}
