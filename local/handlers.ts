/** The handlers that Lambda runs, made for a host, under the route keys of the one table of routes. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TokenIssuer } from '../lambdas/access/client-tokens';
import { createBroadcastSegment } from '../lambdas/background/broadcast-segment';
import { createWelcome } from '../lambdas/background/welcome';
import { createDocs } from '../lambdas/http/docs';
import { createPush } from '../lambdas/http/push';
import { createRead } from '../lambdas/http/read';
import { createTokens } from '../lambdas/http/tokens';
import { echo, type Responder } from '../lambdas/messages/responder';
import { messageTypes } from '../lambdas/messages/table';
import { httpRoutes, webSocketRoutes } from '../lambdas/routes';
import type { Clock, Log, NewId } from '../lambdas/runtime';
import { createCallTool } from '../lambdas/tools/call-tool';
import { tools } from '../lambdas/tools/table';
import type { Tool } from '../lambdas/tools/tool';
import { createConnect } from '../lambdas/websocket/connect';
import { createDisconnect } from '../lambdas/websocket/disconnect';
import { createMessage } from '../lambdas/websocket/message';
import { version } from '../package.json';
import type { RunTask } from './background-tasks';
import type { Host } from './host';

export interface HandlerOptions {
  host: Host;
  clock: Clock;
  newId: NewId;
  log: Log;
  /** Left out where access control is off. */
  issueToken?: TokenIssuer;
  /** Answers chat messages; the echo where left out. */
  responder?: Responder;
  /** Tools beside those of `lambdas/tools/table.ts`. */
  extraTools?: readonly Tool[];
  /** Where clients connect; known when the port is open, and asked for only then. */
  webSocketUrl(): string;
}

export function createHandlers(options: HandlerOptions) {
  const { host, clock, newId, log, issueToken, responder = echo, extraTools = [], webSocketUrl } = options;
  const callTool = createCallTool([...tools, ...extraTools], log);
  const own = { clock, newId, log };

  const webSocket = {
    'websocket/connect': createConnect({ ...own, ...host.adaptersFor('websocket/connect') }),
    'websocket/disconnect': createDisconnect({ ...own, ...host.adaptersFor('websocket/disconnect') }),
    'websocket/message': createMessage({
      ...own,
      ...host.adaptersFor('websocket/message'),
      messageTypes,
      responder,
      callTool,
      replyBy: 'route_response',
    }),
  };
  const http = {
    'http/docs': createDocs({ version, webSocketUrl, readAsset, clock, log }),
    'http/read': createRead({ ...own, ...host.adaptersFor('http/read'), version, startedAt: clock.now() }),
    'http/tokens': createTokens({ issueToken, webSocketUrl, newId, log }),
    'http/push': createPush({ ...own, ...host.adaptersFor('http/push') }),
  };
  const background = {
    welcome: createWelcome({ ...own, ...host.adaptersFor('background/welcome') }),
    broadcast_segment: createBroadcastSegment({ ...own, ...host.adaptersFor('background/broadcast-segment') }),
  };
  return {
    webSocket: Object.fromEntries(webSocketRoutes.map(({ routeKey, entry }) => [routeKey, webSocket[entry]])),
    http: Object.fromEntries(httpRoutes.map(({ routeKey, entry }) => [routeKey, http[entry]])),
    runTask: ((task, timeLeft) => (background[task.task] as RunTask)(task, timeLeft)) satisfies RunTask,
  };
}

const assets = dirname(createRequire(__filename).resolve('swagger-ui-dist/package.json'));

function readAsset(name: string): Promise<Buffer> {
  return readFile(join(assets, name));
}
