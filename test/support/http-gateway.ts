/** The gateway's HTTP API alone, on a free loopback port, and requests with exactly the given headers. */
import { type OutgoingHttpHeaders, request } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { CorsConfiguration } from '../../local/gateway/cors';
import { createGateway } from '../../local/gateway/gateway';
import type { Handler } from '../../local/gateway/handler';
import type { HttpAuthorizer } from '../../local/gateway/http-authorizer';
import { createTestClock, type TestClock } from './gateway-clock';

export interface HttpAnswer {
  status: number;
  /** Without Date, Connection and Keep-Alive, which belong to the transport. */
  headers: Record<string, unknown>;
  body: string;
}

export interface SendOptions {
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
}

export interface TestHttpGateway {
  url: string;
  events: APIGatewayProxyEventV2[];
  errors: { route: string; error: unknown }[];
  clock: TestClock;
  send(method: string, path: string, options?: SendOptions): Promise<HttpAnswer>;
  stop(): Promise<void>;
}

/** @param routeKeys  that all have the same handler */
export async function startHttpGateway(
  routeKeys: string[],
  handler: Handler<APIGatewayProxyEventV2>,
  { cors, authorizer }: { cors?: CorsConfiguration; authorizer?: HttpAuthorizer } = {},
): Promise<TestHttpGateway> {
  const events: APIGatewayProxyEventV2[] = [];
  const errors: TestHttpGateway['errors'] = [];
  const clock = createTestClock();
  const record: typeof handler = (event, context, callback) => {
    events.push(event);
    return handler(event, context, callback);
  };
  const gateway = createGateway({
    http: { routes: Object.fromEntries(routeKeys.map((routeKey) => [routeKey, record])), cors, authorizer },
    onError: (route, error) => errors.push({ route, error }),
    clock,
  });
  const { httpUrl: url } = await gateway.listen({ httpPort: 0 });
  return {
    url: url as string,
    events,
    errors,
    clock,
    send: (method, path, options) => send(method, `${url}${path}`, options),
    stop: () => gateway.close(100),
  };
}

/** With exactly these headers, and one line for each value in a list. */
export function send(method: string, url: string, { headers = {}, body }: SendOptions = {}): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, async (response) => {
      const { date, connection, 'keep-alive': keepAlive, ...rest } = response.headers;
      let text = '';
      for await (const chunk of response.setEncoding('latin1')) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: rest, body: text });
    });
    sent.on('error', reject).end(body);
  });
}
