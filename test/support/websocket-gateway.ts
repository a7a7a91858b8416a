/** The WebSocket gateway alone, on a free loopback port, with handlers of the test's and every event in an array. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  createWebSocketGateway,
  type WebSocketGateway,
  type WebSocketOptions,
} from '../../local/gateway/websocket-server';
import { deferred } from './deferred';

type DisconnectEvent = Parameters<WebSocketOptions['disconnect']>[0];
type ConnectEvent = Parameters<WebSocketOptions['connect']>[0];

export interface TestGateway extends WebSocketGateway {
  url: string;
  connects: ConnectEvent[];
  /** The first $disconnect event. */
  disconnected: Promise<DisconnectEvent>;
  disconnects: DisconnectEvent[];
  errors: { route: string; error: unknown }[];
  /** What the gateway takes for now, milliseconds since 1970. */
  clock: { now: number };
}

export async function startTestGateway(
  options: Partial<Omit<WebSocketOptions, 'limits'>> & { limits?: Partial<WebSocketOptions['limits']> } = {},
): Promise<TestGateway> {
  const connects: ConnectEvent[] = [];
  const disconnects: DisconnectEvent[] = [];
  const errors: TestGateway['errors'] = [];
  const first = deferred<DisconnectEvent>();
  const clock = { now: 1_700_000_000_000 };
  const { connect = async () => ({ statusCode: 200 }), disconnect = async () => ({ statusCode: 200 }) } = options;
  const gateway = createWebSocketGateway({
    message: async ({ body }) => ({ statusCode: 200, body }),
    onError: (route, error) => errors.push({ route, error }),
    now: () => clock.now,
    ...options,
    connect(event) {
      connects.push(event);
      return connect(event);
    },
    disconnect(event) {
      disconnects.push(event);
      first.resolve(event);
      return disconnect(event);
    },
    limits: {
      messageBytes: 131_072,
      unsentBytes: 1_048_576,
      idleSeconds: 600,
      lifetimeSeconds: 7_200,
      ...options.limits,
    },
  });
  gateway.server.listen(0, '127.0.0.1');
  await once(gateway.server, 'listening');
  const url = `ws://127.0.0.1:${(gateway.server.address() as AddressInfo).port}`;
  return { ...gateway, url, connects, disconnected: first.promise, disconnects, errors, clock };
}
