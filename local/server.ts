/** Switchboard on one machine: a host, the handlers, and the gateway that calls them. */
import { MAX_MESSAGE_BYTES } from '../lambdas/protocol/limits';
import { httpCors } from '../lambdas/routes';
import { systemClock as clock, type Log, newUuid as newId } from '../lambdas/runtime';
import type { Access } from './access';
import type { RunTask } from './background-tasks';
import { createGateway, type Gateway } from './gateway/gateway';
import { createHandlers, type HandlerOptions } from './handlers';
import type { Host } from './host';
import { ensureKeyFile } from './keys/key-file';
import { createMemoryHost } from './memory-host';
import type { Settings } from './settings';
import type { WireHostOptions } from './wire/host';

/** Milliseconds that handlers, tasks and closing handshakes get at a stop; all of it ends within 5 seconds. */
const GRACE = 3_000;

export interface ServerOptions extends Pick<HandlerOptions, 'responder' | 'extraTools'> {
  settings: Settings;
  log: Log;
  /** Sessions in DynamoDB and pushes through the SDK, as on AWS; all in memory where left out. */
  wire?: boolean;
}

export interface SwitchboardServer {
  webSocketUrl: string;
  httpUrl: string;
  /** The endpoint of `@connections`, for an SDK client. */
  connectionsUrl: string;
  /** For people: where sessions and history are. */
  data: string;
  /** Where the keys are, and whether they were made just now; left out where access control is off. */
  keys?: { file: string; areNew: boolean };
  stop(): Promise<void>;
}

/** @throws PortError, DynamoDbError, KeysError */
export async function startServer({
  settings,
  log,
  wire = false,
  ...extras
}: ServerOptions): Promise<SwitchboardServer> {
  const isClosed = settings.AUTH === 'token';
  const keysAreNew = isClosed && (await ensureKeyFile(settings.KEYS_FILE));
  const runTask: RunTask = (task, timeLeft) => handlers.runTask(task, timeLeft);
  const host = wire
    ? await wireHost({ settings, log, runTask })
    : createMemoryHost({ settings, clock, log, runTask, gateway: () => gateway });
  const access = isClosed ? await tokenAccess(host, log) : undefined;
  let urls = { webSocketUrl: '', httpUrl: '', connectionsUrl: '' };
  const webSocketUrl = () => urls.webSocketUrl;
  const { issueToken } = access ?? {};
  const handlers = createHandlers({ ...extras, host, clock, newId, log, issueToken, webSocketUrl });

  const gateway: Gateway = createGateway({
    webSocket: {
      routes: handlers.webSocket,
      routeResponse: true,
      authorizer: access?.webSocketAuthorizer,
      limits: {
        messageBytes: MAX_MESSAGE_BYTES,
        frameBytes: settings.MAX_FRAME_BYTES,
        unsentBytes: settings.MAX_UNSENT_BYTES,
        idleSeconds: settings.IDLE_SECONDS,
      },
    },
    http: {
      routes: handlers.http,
      authorizer: access?.httpAuthorizer,
      cors: { ...httpCors, allowOrigins: settings.CORS_ORIGINS },
    },
    containers: settings.COLD_START_MS === 0 ? undefined : { coldStartMilliseconds: settings.COLD_START_MS },
    throttling: settings.THROTTLE === 'on' ? { connects: 500, requests: 10_000 } : {},
    onError: (route, error) => log.error('handler_failed', error, { route }),
  });
  try {
    const ports = { webSocketPort: settings.WS_PORT, httpPort: settings.API_PORT };
    urls = await gateway.listen({ host: settings.WS_HOST, ...ports });
  } catch (error) {
    await gateway.close(0);
    await host.stop();
    throw error;
  }
  host.listening(urls.connectionsUrl);

  return {
    ...urls,
    data: host.description,
    keys: isClosed ? { file: settings.KEYS_FILE, areNew: keysAreNew } : undefined,
    async stop() {
      await Promise.all([gateway.close(GRACE), host.stopTasks(GRACE)]);
      await host.stop();
    },
  };
}

/** Loaded when asked for: who leaves the doors open needs no library of keys. */
async function tokenAccess(host: Host, log: Log): Promise<Access> {
  const { createAccess } = await import('./access');
  return createAccess(host, clock, log);
}

/** Loaded when asked for: the SDK takes longer to load than everything else together. */
async function wireHost(options: WireHostOptions): Promise<Host> {
  const { createWireHost } = await import('./wire/host');
  return createWireHost(options);
}
