/** The gateway alone, on a free loopback port, with the test's handlers and all events in an array. */
import { createGateway, type Gateway, type GatewayOptions } from '../../local/gateway/gateway';
import type { Handler } from '../../local/gateway/handler';
import type { Credentials } from '../../local/gateway/signature';
import type { WebSocketLimits, WebSocketRoutes } from '../../local/gateway/websocket-api';
import type { ConnectEvent, DisconnectEvent, MessageEvent } from '../../local/gateway/websocket-events';
import { deferred } from './deferred';
import { createTestClock, type TestClock } from './gateway-clock';

export interface TestGateway extends Gateway {
  url: string;
  connectionsUrl: string;
  /** Credentials that sign calls to it. */
  connectionsCredentials: Credentials;
  connects: ConnectEvent[];
  messages: MessageEvent[];
  /** The first $disconnect event. */
  disconnected: Promise<DisconnectEvent>;
  disconnects: DisconnectEvent[];
  errors: { route: string; error: unknown }[];
  clock: TestClock;
  stop(graceMilliseconds?: number): Promise<void>;
}

export interface TestGatewayOptions extends Partial<NonNullable<GatewayOptions['webSocket']>> {
  connect?: Handler<ConnectEvent>;
  disconnect?: Handler<DisconnectEvent>;
  message?: Handler<MessageEvent>;
  limits?: Partial<WebSocketLimits>;
  gateway?: Partial<GatewayOptions>;
}

const fine = async () => ({ statusCode: 200 });

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { connect = fine, disconnect = fine, gateway: rest, ...webSocket } = options;
  const { message = async ({ body }) => ({ statusCode: 200, body }) } = options;
  const connects: ConnectEvent[] = [];
  const messages: MessageEvent[] = [];
  const disconnects: DisconnectEvent[] = [];
  const errors: TestGateway['errors'] = [];
  const first = deferred<DisconnectEvent>();
  const clock = createTestClock();
  const routes: WebSocketRoutes = {
    $connect(event, context, callback) {
      connects.push(event);
      return connect(event, context, callback);
    },
    $disconnect(event, context, callback) {
      disconnects.push(event);
      first.resolve(event);
      return disconnect(event, context, callback);
    },
    $default(event, context, callback) {
      messages.push(event);
      return message(event, context, callback);
    },
  };
  const gateway = createGateway({
    onError: (route, error) => errors.push({ route, error }),
    clock,
    ...rest,
    webSocket: { routeResponse: true, ...webSocket, routes: { ...routes, ...webSocket.routes } },
  });
  const { webSocketUrl, connectionsUrl, connectionsCredentials } = await gateway.listen({ webSocketPort: 0 });
  return {
    ...gateway,
    url: webSocketUrl as string,
    connectionsUrl: connectionsUrl as string,
    connectionsCredentials: connectionsCredentials as Credentials,
    connects,
    messages,
    disconnected: first.promise,
    disconnects,
    errors,
    clock,
    stop: (graceMilliseconds = 100) => gateway.close(graceMilliseconds),
  };
}
