/** The conformance suite: the whole wire contract, through real sockets and HTTP, on any server that has two URLs. */
import { ConformingClient } from './conforming-client';
import { counting } from './counting';
import { documents } from './documents';
import { envelope } from './envelope';
import { errors } from './errors';
import { history } from './history';
import { createHttpApi } from './http-api';
import { httpPush } from './http-push';
import { httpRead } from './http-read';
import { limits } from './limits';
import { problems } from './problems';
import { pushes } from './pushes';
import type { Target, UnderTest, Without } from './under-test';
import { webSocketMessages } from './websocket-messages';

const PARTS = [
  webSocketMessages,
  envelope,
  errors,
  limits,
  pushes,
  httpRead,
  httpPush,
  history,
  counting,
  problems,
  documents,
];

/**
 * Declares the suite's tests.
 * @param target  asked anew in every test, so that a server may start in `beforeAll`
 */
export function conformanceSuite(target: () => Target, { without = {} }: { without?: Without } = {}): void {
  const clients: ConformingClient[] = [];

  const underTest: UnderTest = {
    async connect(url = target().webSocketUrl) {
      const client = await ConformingClient.connect(url);
      clients.push(client);
      return client;
    },
    http: createHttpApi(() => target().httpUrl),
    target,
    without,
  };

  afterEach(async () => {
    const opened = clients.splice(0);
    try {
      for (const client of opened) client.assertConformed();
    } finally {
      await Promise.all(opened.map((client) => client.close()));
    }
  });

  for (const part of PARTS) part(underTest);
}
