/** A DynamoDB that has bad days: dynalite behind an HTTP server whose mood a test sets. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDynalite } from './dynamodb';

/** `fails` and `throttles` as the service answers, `resets` by cutting each connection off, `works` by passing on. */
export type Mood = 'works' | 'fails' | 'throttles' | 'resets';

export interface FlakyStore {
  url: string;
  mood: Mood;
  stop(): Promise<void>;
}

const ANSWERS = {
  fails: [500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'],
  throttles: [400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'],
} as const;

export async function startFlakyStore(): Promise<FlakyStore> {
  const dynamo = await startDynalite();
  const server = createServer((asked, response) => {
    if (store.mood === 'resets') return void asked.socket.destroy();
    if (store.mood !== 'works') {
      const [status, __type] = ANSWERS[store.mood];
      return void response.writeHead(status).end(JSON.stringify({ __type, message: 'SECRET of the store' }));
    }
    const passed = request(dynamo.url, { method: asked.method, headers: asked.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    asked.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const store: FlakyStore = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood: 'works',
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await dynamo.stop();
    },
  };
  return store;
}
