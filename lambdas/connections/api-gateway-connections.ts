/**
 * Connections of API Gateway, over its @connections endpoint.
 *
 * Throttling is retried here and nowhere else: make the client with `createManagementClient`, which turns the SDK's own
 * retries off. They would multiply with these, and repeat a post whose answer was lost, so that a client got it twice.
 */
import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { Clock } from '../runtime';
import { ConnectionError, type ConnectionErrorCode, type Connections } from './connections';

/** Milliseconds before each further try of a call that was throttled; half of each is left to chance. */
const RETRY_DELAYS = [100, 200, 400];

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

/** A client that tries each call once. */
export function createManagementClient(
  config: Omit<ApiGatewayManagementApiClientConfig, 'maxAttempts' | 'retryStrategy'>,
): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({ ...config, maxAttempts: 1 });
}

export function createApiGatewayConnections({ client, clock }: ApiGatewayConnectionsOptions): Connections {
  /** @throws ConnectionError */
  async function attempt<Done extends string>(call: () => Promise<unknown>, done: Done): Promise<Done | 'gone'> {
    for (let tries = 0; ; tries++) {
      try {
        await call();
        return done;
      } catch (error) {
        const code = codeOf(error);
        if (code === 'gone') return code;
        const delay = RETRY_DELAYS[tries];
        if (code !== 'throttled' || delay === undefined) throw new ConnectionError(code, { cause: error });
        await clock.sleep((delay * (1 + Math.random())) / 2);
      }
    }
  }

  return {
    async post(connectionId, text) {
      const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: text });
      return attempt(() => client.send(command), 'delivered');
    },
    async close(connectionId) {
      const command = new DeleteConnectionCommand({ ConnectionId: connectionId });
      return attempt(() => client.send(command), 'closed');
    },
  };
}

function codeOf(error: unknown): ConnectionErrorCode | 'gone' {
  return (error instanceof Error && ERROR_CODES.get(error.name)) || 'failed';
}
