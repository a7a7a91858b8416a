/** The conformance suite: the whole wire contract, through real sockets and HTTP, for any server given by two URLs. */
import { controlledAccess, openAccess } from './access';
import { anyMessage } from './any-message';
import { calls } from './calls';
import { ConformingClient } from './conforming-client';
import { counting } from './counting';
import { documents } from './documents';
import { envelope } from './envelope';
import { errors } from './errors';
import { events } from './events';
import { groups } from './groups';
import { guarantees } from './guarantees';
import { history } from './history';
import { createHttpApi } from './http-api';
import { httpPush } from './http-push';
import { httpRead } from './http-read';
import { leniency } from './leniency';
import { limits } from './limits';
import { mcp } from './mcp';
import { presence, revokedPresence } from './presence';
import { problems } from './problems';
import { pushes } from './pushes';
import { resume } from './resume';
import { type Target, urlWithResume, urlWithToken } from './target';
import { tools } from './tools';
import type { ConnectOptions, UnderTest, Without } from './under-test';
import { webSocketMessages } from './websocket-messages';

const PARTS = [
  webSocketMessages,
  envelope,
  errors,
  leniency,
  limits,
  pushes,
  anyMessage,
  groups,
  presence,
  resume,
  httpRead,
  httpPush,
  guarantees,
  calls,
  tools,
  mcp,
  history,
  events,
  counting,
  problems,
  documents,
];

export interface SuiteOptions {
  /** Whether the target has access control, and so an API key. */
  access: 'open' | 'token';
  /** All parts if omitted. */
  parts?: readonly ((underTest: UnderTest) => void)[];
  without?: Without;
}

/**
 * Declares the suite's tests.
 * @param target  called in every test, so that a server may start in `beforeAll`
 * @returns what each test of the suite gets, for additional tests
 */
export function conformanceSuite(
  target: () => Target,
  { access, parts = PARTS, without = {} }: SuiteOptions,
): UnderTest {
  const clients: ConformingClient[] = [];

  const http = createHttpApi(target);

  /** The URL with a token for a client if there is access control, otherwise the URL alone. */
  async function ticketFor(options: ConnectOptions) {
    const { url = target().webSocketUrl, clientId, resumeToken, groups, mayJoin } = options;
    if (target().apiKey === undefined) {
      return { url: resumeToken === undefined ? url : urlWithResume(url, resumeToken), clientId };
    }
    const { body } = await http.call('POST /tokens', {
      body: { client_id: clientId, groups, may_join: mayJoin },
    });
    return { url: urlWithToken(url, body.token), clientId: body.client_id as string };
  }

  const underTest: UnderTest = {
    async connect(options = {}) {
      const ticket = await ticketFor(options);
      const client = await ConformingClient.connect(ticket.url);
      clients.push(client);
      if (ticket.clientId !== undefined) expect(client.clientId).toBe(ticket.clientId);
      return client;
    },
    http,
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

  for (const part of parts) part(underTest);
  if (access === 'open') openAccess(underTest);
  else {
    controlledAccess(underTest);
    revokedPresence(underTest);
  }
  return underTest;
}
