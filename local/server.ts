/** Switchboard on one machine: the handlers, their dependencies in this process, and the two ports. */
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, isIPv6 } from 'node:net';
import { dirname, join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createWelcome } from '../lambdas/background/welcome';
import { createMemoryBroadcasts } from '../lambdas/broadcasts/memory-broadcasts';
import { createDocs } from '../lambdas/http/docs';
import { createPush } from '../lambdas/http/push';
import { createRead } from '../lambdas/http/read';
import { echo, type Responder } from '../lambdas/messages/responder';
import { messageTypes } from '../lambdas/messages/table';
import { MAX_MESSAGE_BYTES } from '../lambdas/protocol/limits';
import { httpRoutes } from '../lambdas/routes';
import { systemClock as clock, type Log, newUuid as newId } from '../lambdas/runtime';
import { createMemorySessions } from '../lambdas/sessions/memory-sessions';
import { createCallTool } from '../lambdas/tools/call-tool';
import { tools } from '../lambdas/tools/table';
import type { Tool } from '../lambdas/tools/tool';
import { createConnect } from '../lambdas/websocket/connect';
import { createDisconnect } from '../lambdas/websocket/disconnect';
import { createMessage } from '../lambdas/websocket/message';
import { version } from '../package.json';
import type { Handler, OnError } from './gateway/handler';
import { createHttpGateway } from './gateway/http-server';
import { Running } from './gateway/running';
import { createWebSocketGateway, type WebSocketGateway } from './gateway/websocket-server';
import { createLocalConnections, createLocalTasks } from './in-process';
import type { Settings } from './settings';

/** The platform's own limit of a connection's life. */
const LIFETIME_SECONDS = 7_200;

export interface ServerOptions {
  settings: Settings;
  log: Log;
  /** Answers chat messages; the echo where left out. */
  responder?: Responder;
  /** Tools beside those of `lambdas/tools/table.ts`. */
  extraTools?: readonly Tool[];
}

export interface SwitchboardServer {
  webSocketUrl: string;
  httpUrl: string;
  /** Ends within 5 seconds: handlers and clients get most of that to finish. */
  stop(): Promise<void>;
}

/** A port that could not be opened; `setting` names it. */
export class ListenError extends Error {
  override readonly name = 'ListenError';

  constructor(
    readonly setting: 'WS_PORT' | 'API_PORT',
    readonly port: number,
    cause: unknown,
  ) {
    super(`could not listen on port ${port}`, { cause });
  }
}

/** @throws ListenError */
export async function startServer({
  settings,
  log,
  responder = echo,
  extraTools = [],
}: ServerOptions): Promise<SwitchboardServer> {
  const sessions = createMemorySessions({
    clock,
    historySeconds: settings.HISTORY_SECONDS,
    historyPerClient: settings.HISTORY_PER_CLIENT,
    historyTotalBytes: settings.HISTORY_TOTAL_BYTES,
  });
  const broadcasts = createMemoryBroadcasts();
  const connections = createLocalConnections((connectionId) => webSocket.connection(connectionId));
  const background = new Running();
  const tasks = createLocalTasks(createWelcome({ connections, clock, newId, log }), background, log);
  const onError: OnError = (route, error) => log.error('handler_failed', error, { route });

  const webSocket: WebSocketGateway = createWebSocketGateway({
    connect: createConnect({ sessions, tasks, clock, log }),
    disconnect: createDisconnect({ sessions, clock, log }),
    message: createMessage({
      messageTypes,
      responder,
      callTool: createCallTool([...tools, ...extraTools], log),
      sessions,
      connections,
      replyBy: 'route_response',
      clock,
      newId,
      log,
    }),
    onError,
    limits: {
      messageBytes: MAX_MESSAGE_BYTES,
      unsentBytes: settings.MAX_UNSENT_BYTES,
      idleSeconds: settings.IDLE_SECONDS,
      lifetimeSeconds: LIFETIME_SECONDS,
    },
    now: clock.now,
  });
  const webSocketPort = await listen(webSocket.server, settings.WS_HOST, settings.WS_PORT, 'WS_PORT', onError);
  const webSocketUrl = `ws://${hostForUrl(settings.WS_HOST)}:${webSocketPort}`;

  const entries: Record<(typeof httpRoutes)[number]['entry'], Handler<APIGatewayProxyEventV2>> = {
    'http/docs': createDocs({ version, webSocketUrl, readAsset, clock, log }),
    'http/read': createRead({ sessions, broadcasts, version, startedAt: clock.now(), clock, log }),
    'http/push': createPush({ sessions, connections, broadcasts, clock, newId, log }),
  };
  const http = createHttpGateway({
    routes: new Map(httpRoutes.map(({ routeKey, entry }) => [routeKey, entries[entry]])),
    cors: {
      allowOrigins: settings.CORS_ORIGINS,
      allowMethods: ['GET', 'POST', 'DELETE', 'OPTIONS'],
      allowHeaders: ['content-type', 'authorization'],
      maxAge: 3_600,
    },
    onError,
    now: clock.now,
  });
  try {
    const httpPort = await listen(http.server, settings.WS_HOST, settings.API_PORT, 'API_PORT', onError);
    const httpUrl = `http://${hostForUrl(settings.WS_HOST)}:${httpPort}`;
    return {
      webSocketUrl,
      httpUrl,
      async stop() {
        await Promise.all([webSocket.stop(3_000), http.stop(3_000)]);
        await Promise.race([background.idle(), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
      },
    };
  } catch (error) {
    await webSocket.stop(0);
    throw error;
  }
}

async function listen(server: Server, host: string, port: number, setting: ListenError['setting'], onError: OnError) {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(setting, port, error)));
    server.listen(port, host, resolve);
  });
  server.on('error', (error) => onError(setting, error)); // too many open files, say: one connection's trouble, not the server's
  return (server.address() as AddressInfo).port;
}

/** What a person can paste: an address that means "all of them" is no place to connect to. */
function hostForUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return isIPv6(host) ? `[${host}]` : host;
}

const assets = dirname(createRequire(__filename).resolve('swagger-ui-dist/package.json'));

function readAsset(name: string): Promise<Buffer> {
  return readFile(join(assets, name));
}
