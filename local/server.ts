/** Switchboard on one machine: a host, the handlers, and the gateway that calls them. */
import { app as teamApp } from '../lambdas/app/app';
import { secretsOf } from '../lambdas/mcp/mcp-servers';
import type { App } from '../lambdas/ports/app';
import type { Dependencies } from '../lambdas/ports/dependencies';
import { systemClock as clock, type Log, newUuid as newId } from '../lambdas/ports/runtime';
import type { Secrets } from '../lambdas/ports/secrets';
import { NO_TOOLS } from '../lambdas/ports/tool-source';
import { MAX_MESSAGE_BYTES } from '../lambdas/protocol/limits';
import { describeTools } from '../lambdas/protocol/tool-descriptions';
import { keyOf, type RespondTask } from '../lambdas/replies/respond-task';
import { httpCors, webSocketRoutes } from '../lambdas/routes';
import { version } from '../package.json';
import { connectionLimitsOf } from './connection-limits';
import { createEnvironmentSecrets } from './environment-secrets';
import { openWebhooks } from './events/open-webhooks';
import { createFarewell, expiryFarewell } from './farewell';
import { createGateway, type Gateway, type GatewayUrls } from './gateway/gateway';
import type { HttpAuthorizer } from './gateway/http-authorizer';
import { type Credentials, randomCredentials } from './gateway/signature';
import { createHandlers } from './handlers';
import type { Host } from './host';
import { httpExtras } from './http-api';
import { ensureKeyFile } from './key-file';
import { createLive, LIVE_ROUTE } from './live/live';
import type { McpTools } from './mcp/mcp-tools';
import { createMemoryHost } from './memory/memory-host';
import { LogCounts } from './metrics/counting-log';
import { createMetering, METRICS_ROUTES } from './metrics/metering';
import { openOidc } from './oidc';
import { createPageCheck } from './page-check';
import { readPageFile as readAsset } from './page-files';
import { createPublicUrls } from './public-urls';
import { createReadiness, isReady } from './readiness';
import { createLocalResponder } from './responder';
import { type Environment, rateLimitOf, readAppSettings, SettingError, type Settings } from './settings';
import { createSlots } from './slots';
import { openStores } from './stores';
import type { TaskRunner } from './tasks-in-process';
import { readTls } from './tls-files';
import type { WireHostOptions } from './wire/host';

/** Grace period in milliseconds for handlers, tasks and closing handshakes at a stop. The whole stop takes at most 5 seconds. */
const GRACE = 3_000;

export interface ServerOptions {
  settings: Settings;
  log: Log;
  /** Data in DynamoDB and pushes through the SDK, as on AWS; by default everything is in this process. */
  wire?: boolean;
  /** Responder, tools and message types; by default those of `lambdas/app`. */
  app?: App;
  /** Contains the app's own settings and secrets; empty by default. */
  environment?: Environment;
}

export interface SwitchboardServer {
  webSocketUrl: string;
  httpUrl: string;
  /** The endpoint of `@connections`, for an SDK client; omitted unless requested. */
  connectionsUrl?: string;
  /** Credentials for that client. */
  connectionsCredentials?: Credentials;
  /** A description of where the data is. */
  data: string;
  /** The key file, and whether it was just created; omitted without access control. */
  keys?: { file: string; areNew: boolean };
  /** Reloads certificate and key. If they are invalid, this is logged, and the old ones stay. */
  renewTls(): Promise<void>;
  /** @param startMs  how long this process took to start, if it is being restarted: clients are told to reconnect after that time */
  stop(startMs?: number): Promise<void>;
}

/** @throws PortError, DynamoDbError, DynaliteMissingError, KeysError, DataFolderError */
export async function startServer({
  settings,
  log: givenLog,
  wire = false,
  app = teamApp,
  environment = {},
}: ServerOptions): Promise<SwitchboardServer> {
  const isClosed = settings.AUTH === 'token';
  const keysAreNew = isClosed && (await ensureKeyFile(settings.KEYS_FILE));
  const appSettings = readAppSettings(app.settings, environment);
  const secrets = createEnvironmentSecrets(environment);
  await assertSecrets(settings, secrets);
  const startedAt = clock.now();
  let tls = await readTls(settings);
  /** With `--wire` the store limits the replies of each client, as on AWS. */
  const repliesPerClient = wire ? Number.POSITIVE_INFINITY : Number(settings.RESPONDER_CLIENT_CONCURRENCY);
  const replySlots = createSlots(settings.RESPONDER_CONCURRENCY, repliesPerClient);
  const readiness = createReadiness(() => ({ isStopping, gateway, host }));
  const counts = new LogCounts();
  const live = createLive({
    counts,
    clients: () => gateway.status().connections,
    refused: () => gateway.status().refused,
    clock,
    accessControl: isClosed,
  });
  const metering = createMetering({
    log: givenLog,
    counts,
    onLine: live.onLine,
    key: settings.METRICS_KEY,
    accessControl: isClosed,
    version,
    gateway: () => gateway.status(),
    replies: () => replySlots.status(),
    runningTasks: () => host.runningTasks(),
    kept: () => host.kept(),
    maxKept: { historyBytes: settings.HISTORY_TOTAL_BYTES, eventBytes: settings.EVENTS_TOTAL_BYTES },
    countLabels: () => host.countLabels(),
    isReady: () => isReady(readiness),
    certificateEndsAt: () => tls?.endsAt,
  });
  const { log } = metering;
  let isStopping = false;
  const createWebhooks = await openWebhooks(settings, clock, log);
  const runner: TaskRunner = {
    hasToEnd: (task) => handlers.runner.hasToEnd(task),
    isRetried: (task) => handlers.runner.isRetried(task),
    failed: (task) => handlers.runner.failed(task),
    async run(task, context) {
      if (task.task !== 'respond') return handlers.runner.run(task, context);
      const reply = task as RespondTask;
      const leave = await replySlots.enter(reply.clientId, () => {
        replies.wait(keyOf(reply), reply.replyId).catch((error) => log.error('reply_wait_failed', error));
      });
      return handlers.runner.run(task, context).finally(leave);
    },
  };
  const connectionsCredentials = settings.CONNECTIONS_CREDENTIALS ?? randomCredentials();
  const host = wire
    ? await wireHost({ settings, log, runner, connectionsCredentials, createWebhooks })
    : createMemoryHost({
        settings,
        stores: await openStores(settings, clock, log, createWebhooks),
        log,
        runner,
        gateway: () => gateway,
      });
  const { replies } = host.dependenciesOf('replies/respond');
  const connectionLimits = connectionLimitsOf(settings);
  const toolDescriptions = describeTools(app.tools);
  const mcpTools = await connectMcp(settings, secrets, log);
  const oidcTokens = await openOidc(settings, clock, log);
  const answering = createLocalResponder(settings, app, environment, mcpTools);
  const responder = live.following(answering.responder);
  let urls = { webSocketUrl: '', httpUrl: '' };
  let connections: Pick<GatewayUrls, 'connectionsUrl' | 'connectionsCredentials'> = {};
  const publicUrls = createPublicUrls(settings, () => urls);
  const handlers = await createHandlers((name): Dependencies => {
    const about = {
      version,
      startedAt,
      accessControl: isClosed,
      clientOrigins: ['*'], // the gateway's own check knows which names this server has
      clientRate: rateLimitOf(settings)?.perSecond,
      readAsset,
      connectionLimits,
      presenceGroups: settings.PRESENCE_GROUPS,
      toolDescriptions,
      readiness,
    };
    const own = {
      clock,
      newId,
      log,
      app,
      appSettings,
      secrets,
      mcpTools,
      oidcTokens,
      ...answering,
      responder,
      ...about,
    };
    return { ...own, ...publicUrls, ...metering.counted(host.dependenciesOf(name)) };
  });

  const isForeignPage = createPageCheck(settings);

  const gateway: Gateway = createGateway({
    webSocket: {
      routes: handlers.webSocket,
      routeResponse: webSocketRoutes.filter(({ routeResponse }) => routeResponse).map(({ routeKey }) => routeKey),
      authorizer: handlers.webSocketAuthorizer,
      limits: {
        messageBytes: MAX_MESSAGE_BYTES,
        frameBytes: settings.MAX_FRAME_BYTES,
        unsentBytes: settings.MAX_UNSENT_BYTES,
        idleSeconds: settings.IDLE_SECONDS,
      },
      expiryFarewell,
      isForeignPage,
      credentials: connectionsCredentials,
      apiUrl: settings.PUBLIC_API_URL,
    },
    http: {
      routes: {
        ...handlers.http,
        ...Object.fromEntries(METRICS_ROUTES.map((key) => [key, metering.handler])),
        [LIVE_ROUTE]: live.handler,
      },
      authorizer: isClosed ? withOwnRoutes(handlers.httpAuthorizer, settings) : undefined,
      onAnswered: metering.onAnswered,
      cors: { ...httpCors, allowOrigins: settings.CORS_ORIGINS, allowCredentials: true },
      ...httpExtras(isForeignPage),
      limits: {
        connections: settings.MAX_HTTP_CONNECTIONS,
        connectionsPerAddress: settings.MAX_HTTP_CONNECTIONS_PER_ADDRESS,
      },
    },
    trustedProxies: settings.TRUSTED_PROXIES,
    tls,
    bounds: {
      connections: settings.MAX_CONNECTIONS,
      connectionsPerAddress: settings.MAX_CONNECTIONS_PER_ADDRESS,
      heldBytes: settings.MAX_HELD_BYTES,
    },
    onRefusal: ({ sourceIp: source_ip, ...refusal }) => log.warn('refused', { ...refusal, source_ip }),
    containers: settings.COLD_START_MS === 0 ? undefined : { coldStartMilliseconds: settings.COLD_START_MS },
    throttling: settings.THROTTLE === 'on' ? { connects: 500, requests: 10_000 } : {},
    onError: (route, error) => log.error('handler_failed', error, { route }),
  });
  try {
    const {
      webSocketUrl = '',
      httpUrl = '',
      ...opened
    } = await gateway.listen({
      host: settings.WS_HOST,
      webSocketPort: settings.WS_PORT,
      httpPort: settings.API_PORT,
      connectionsPort: settings.CONNECTIONS_PORT ?? (wire && 0),
    });
    urls = { webSocketUrl, httpUrl };
    connections = opened;
  } catch (error) {
    await gateway.close(0);
    metering.stop();
    await mcpTools.stop();
    await host.stop();
    throw error;
  }
  host.listening(connections.connectionsUrl);
  live.start();
  if (gateway.maxConnections < settings.MAX_CONNECTIONS) {
    log.warn('max_connections_lowered', { max_connections: gateway.maxConnections, reason: 'open_files_limit' });
  }

  return {
    ...urls,
    ...connections,
    data: host.description,
    keys: isClosed ? { file: settings.KEYS_FILE, areNew: keysAreNew } : undefined,
    async renewTls() {
      try {
        const renewed = await readTls(settings);
        if (!renewed) return;
        gateway.renewTls(renewed);
        tls = renewed;
        log.info('tls_renewed', { valid_to: new Date(renewed.endsAt).toISOString() });
      } catch (error) {
        log.error('tls_not_renewed', error);
      }
    },
    async stop(startMs = 0) {
      isStopping = true;
      live.stop();
      await gateway.close(GRACE, host.stopTasks(GRACE), createFarewell(settings.DRAIN_SECONDS, startMs));
      await mcpTools.stop();
      await host.stop();
      metering.stop();
    },
  };
}

/** A scrape needs the API key, unless it has its own key. */
function withOwnRoutes(authorizer: HttpAuthorizer, { METRICS_KEY }: Settings): HttpAuthorizer {
  return { ...authorizer, routes: [...authorizer.routes, LIVE_ROUTE, ...(METRICS_KEY === '' ? METRICS_ROUTES : [])] };
}

/** Lazy import: loading the SDK takes longer than loading everything else. */
async function wireHost(options: WireHostOptions): Promise<Host> {
  const { createWireHost } = await import('./wire/host');
  return createWireHost(options);
}

/** @throws SettingError */
async function assertSecrets({ MCP_SERVERS }: Settings, secrets: Secrets): Promise<void> {
  for (const name of Object.values(MCP_SERVERS).flatMap(secretsOf)) {
    await secrets.get(name).catch(({ message }) => {
      throw new SettingError(`MCP_SERVERS: ${message}.`);
    });
  }
}

/** Lazy import, because MCP's SDK is slow to load, too. */
async function connectMcp({ MCP_SERVERS }: Settings, secrets: Secrets, log: Log): Promise<McpTools> {
  if (Object.keys(MCP_SERVERS).length === 0) return { ...NO_TOOLS, async stop() {} };
  const { createMcpTools } = await import('./mcp/mcp-tools');
  return createMcpTools(MCP_SERVERS, { secrets, clock, log });
}
