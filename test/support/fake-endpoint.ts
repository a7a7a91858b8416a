/** A model's endpoint, or a team's service, for tests: the test answers each request. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface EndpointRequest {
  headers: IncomingHttpHeaders;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: each endpoint has requests of its own
  json: any;
  response: ServerResponse;
  /** Resolves when the connection closes before the answer is complete. */
  cutOff: Promise<unknown>;
}

export interface FakeEndpoint {
  url: string;
  /** All requests so far. */
  requests: EndpointRequest[];
  next(): Promise<EndpointRequest>;
  stop(): void;
}

export async function startFakeEndpoint(): Promise<FakeEndpoint> {
  const requests: EndpointRequest[] = [];
  const queue: EndpointRequest[] = [];
  const waiting: ((request: EndpointRequest) => void)[] = [];
  const server = createServer(async (request, response) => {
    const cutOff = once(response, 'close');
    const body = await text(request);
    const received = { headers: request.headers, body, json: JSON.parse(body), response, cutOff };
    requests.push(received);
    const waiter = waiting.shift();
    if (waiter) waiter(received);
    else queue.push(received);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    next() {
      const request = queue.shift();
      return request ? Promise.resolve(request) : new Promise((resolve) => waiting.push(resolve));
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A chunk of OpenAI's chat completions. */
export function chunk(delta: object, finish_reason: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices })}\n\n`;
}

/** The end of its event streams. */
export const LAST_CHUNKS = `${chunk({}, 'stop')}data: [DONE]\n\n`;

/** Answers with these chunks, completely. */
export function completeWith({ response }: EndpointRequest, ...deltas: object[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`${deltas.map((delta) => chunk(delta)).join('')}${LAST_CHUNKS}`);
}
