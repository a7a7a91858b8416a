/** The connections of a function, over the management API of the WebSocket API that it belongs to. */
import { createApiGatewayConnections, createManagementClient } from '../../connections/api-gateway-connections';
import type { Connections } from '../../connections/connections';
import { systemClock as clock } from '../../runtime';
import { type Environment, variable } from '../environment';
import type { ClientOptions } from './client-options';

/** @param options  with an endpoint of its own where CALLBACK_URL can't be known yet */
export function connectionsFrom(
  environment: Environment,
  options: Omit<ClientOptions, 'endpoint'> & { endpoint?: () => Promise<{ url: URL }> } = {},
): Connections {
  const { endpoint = variable(environment, 'CALLBACK_URL'), ...rest } = options;
  return createApiGatewayConnections({ client: createManagementClient({ ...rest, endpoint }), clock });
}
