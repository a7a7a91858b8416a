/** Sends to clients, over the management API. */
import type { Connections } from '../../ports/connections';
import type { ConnectionLimits } from '../../ports/dependencies';
import { systemClock } from '../../ports/runtime';
import { CONNECTION_LIFETIME_SECONDS, PLATFORM_FRAME_BYTES } from '../../protocol/limits';
import { createApiGatewayConnections, createManagementClient } from '../api-gateway-connections';
import { variable } from '../environment';
import type { FunctionContext } from './function-context';

/**
 * @connections of the WebSocket API that the function belongs to.
 */
export function connections({ environment, management = {} }: FunctionContext): Connections {
  const { endpoint = variable(environment, 'CALLBACK_URL'), ...rest } = management;
  return createApiGatewayConnections({ client: createManagementClient({ ...rest, endpoint }), clock: systemClock });
}

/** API Gateway's limits. */
export function connectionLimits({ environment }: FunctionContext): ConnectionLimits {
  return {
    heartbeatSeconds: Number(variable(environment, 'HEARTBEAT_SECONDS')),
    maxFrameBytes: PLATFORM_FRAME_BYTES,
    resumableSeconds: Number(variable(environment, 'HISTORY_SECONDS')),
    lifetimeSeconds: CONNECTION_LIFETIME_SECONDS,
  };
}
