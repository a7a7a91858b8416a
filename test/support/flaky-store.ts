/** An unreliable DynamoDB: dynalite behind an HTTP server whose mood the test sets. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDynalite } from './dynamodb';

/**
 * `fails` and `throttles` answer like the service, `resets` cuts off each call, `refuses` does not listen, `hangs` never answers, `stalls`
 * handles each call once it works again, `slow` handles it a quarter of a second late, `loses` handles it and cuts it off instead of
 * answering; `works` forwards it.
 */
export type Mood = 'works' | 'fails' | 'throttles' | 'resets' | 'refuses' | 'hangs' | 'stalls' | 'slow' | 'loses';

export interface FlakyStore {
  url: string;
  mood: Mood;
  /** The mood applies only to this action, such as `Scan`; to all if undefined. */
  only?: string;
  stop(): Promise<void>;
}

const ANSWERS = {
  fails: [500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'],
  throttles: [400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'],
} as const;

/** @param target  the URL of the DynamoDB behind it; a dynalite in this process if omitted */
export async function startFlakyStore(target?: string): Promise<FlakyStore> {
  const dynamo = target === undefined ? await startDynalite() : { url: target, async stop() {} };
  let mood: Mood = 'works';
  let stalled: (() => void)[] = [];

  function pass(asked: IncomingMessage, response: ServerResponse): void {
    const passed = request(dynamo.url, { method: asked.method, headers: asked.headers }, (answer) => {
      if (mood === 'loses') return void answer.resume().once('end', () => response.destroy());
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    response.once('close', () => passed.destroy());
    asked.pipe(passed);
  }

  const server = createServer((asked, response) => {
    const isOther = store.only !== undefined && !String(asked.headers['x-amz-target']).endsWith(`.${store.only}`);
    if (isOther) return pass(asked, response);
    if (mood === 'resets' || mood === 'refuses') return void asked.socket.destroy();
    if (mood === 'hangs') return void asked.resume();
    if (mood === 'slow') return void setTimeout(() => pass(asked, response), 250);
    if (mood === 'stalls') return void stalled.push(() => pass(asked, response));
    if (mood === 'works' || mood === 'loses') return pass(asked, response);
    const [status, __type] = ANSWERS[mood];
    response.writeHead(status).end(JSON.stringify({ __type, message: 'SECRET of the store' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const store: FlakyStore = {
    url: `http://127.0.0.1:${port}`,
    get mood() {
      return mood;
    },
    set mood(next) {
      mood = next;
      if (next === 'refuses') {
        server.close();
        server.closeAllConnections();
      } else if (!server.listening) server.listen(port, '127.0.0.1');
      if (next !== 'stalls') for (const go of stalled.splice(0)) go();
    },
    async stop() {
      stalled = [];
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await dynamo.stop();
    },
  };
  return store;
}
