/** One MCP server: a session that all calls share. If it is lost, it reconnects with exponential back-off. */
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { createExactFetch } from '../../lambdas/mcp/exact-fetch';
import type { McpServer } from '../../lambdas/mcp/mcp-servers';
import {
  type McpSession,
  openMcpSession,
  reasonOf,
  SessionLostError,
  unavailable,
} from '../../lambdas/mcp/mcp-session';
import { serverValues } from '../../lambdas/mcp/server-values';
import type { Clock, Log } from '../../lambdas/ports/runtime';
import type { Secrets } from '../../lambdas/ports/secrets';
import type { OfferedTool } from '../../lambdas/ports/tool-source';
import type { ToolOutcome } from '../../lambdas/protocol/server-messages';
import { version } from '../../package.json';

/** Timeout in milliseconds to connect and to list the tools. */
const CONNECT_LIMIT = 20_000;

/** First and longest pause in milliseconds between attempts to connect. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;

/** Milliseconds after which a connection counts as stable, so that its loss resets the back-off. */
const HELD = 30_000;

export interface McpConnectionOptions {
  name: string;
  server: McpServer;
  secrets: Secrets;
  clock: Clock;
  log: Log;
}

export class McpConnection {
  /** As last listed by the server; kept while it is unreachable. */
  tools: readonly OfferedTool[] = [];
  #session: McpSession | undefined;
  #connectedAt = 0;
  #tries = 0;
  #stopped = false;
  #cancelTry: (() => void) | undefined;

  constructor(private readonly options: McpConnectionOptions) {}

  /** Resolves after the first attempt. */
  async connect(): Promise<void> {
    const { name, clock, log } = this.options;
    try {
      const session = await openMcpSession(
        {
          ...{ name, version, connectLimit: CONNECT_LIMIT, ...(await this.#transport()) },
          onTools: (tools) => {
            this.tools = tools;
          },
          onLost: () => this.#lose(session),
        },
        (call) => this.#call(call),
      );
      if (this.#stopped) return await session.close();
      this.tools = session.tools;
      this.#session = session;
      this.#connectedAt = clock.now();
      log.info('mcp_connected', { server: name, tools: session.tools.length });
    } catch (error) {
      log.warn('mcp_unreachable', { server: name, reason: reasonOf(error), tries: this.#tries + 1 });
      this.#tryLater();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTry?.();
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }

  async #call(call: (session: McpSession) => Promise<ToolOutcome>): Promise<ToolOutcome> {
    const session = this.#session;
    if (!session) return unavailable(this.options.name);
    try {
      return await call(session);
    } catch (error) {
      if (!(error instanceof SessionLostError)) throw error;
      this.#lose(session);
      return unavailable(this.options.name);
    }
  }

  #lose(session: McpSession): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    const { name, clock, log } = this.options;
    log.warn('mcp_lost', { server: name });
    if (clock.now() - this.#connectedAt >= HELD) this.#tries = 0;
    void session.close();
    this.#tryLater();
  }

  /** With jitter, so that several gateways do not reconnect at once. */
  #tryLater(): void {
    if (this.#stopped) return;
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#tries, LONGEST_PAUSE);
    this.#tries += 1;
    this.#cancelTry = this.options.clock.setTimer(pause * (0.5 + Math.random() / 2), () => void this.connect());
  }

  async #transport() {
    const { server, secrets } = this.options;
    if ('url' in server) {
      const fetch = createExactFetch({ headers: () => serverValues(server.headers, secrets), outlivesCalls: true });
      return { transport: new StreamableHTTPClientTransport(new URL(server.url), { fetch }), isExact: true };
    }
    const { command, args, cwd } = server;
    const env = await serverValues(server.env, secrets);
    // Its stderr could contain anything, and would end up in the log.
    const process = { command, args, env, stderr: 'ignore' as const, ...(cwd !== undefined && { cwd }) };
    return { transport: new StdioClientTransport(process), isExact: false };
  }
}
