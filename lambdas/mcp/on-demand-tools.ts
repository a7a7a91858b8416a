/**
 * MCP tools for hosts on which nothing runs between two events, such as Lambda: connects to a server when one of its tools is needed, and
 * keeps the session in the container.
 */
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Clock, Log } from '../ports/runtime';
import type { Secrets } from '../ports/secrets';
import type { OfferedTool, ToolSource } from '../ports/tool-source';
import { createExactFetch } from './exact-fetch';
import type { RemoteMcpServers } from './mcp-servers';
import {
  type CallThrough,
  type McpSession,
  openMcpSession,
  reasonOf,
  SessionLostError,
  unavailable,
} from './mcp-session';
import { serverValues } from './server-values';

/** Milliseconds to connect and list the tools; a client waits for this. */
const CONNECT_LIMIT = 5_000;

/** How long the list of tools is cached, in milliseconds. */
const LISTED_FOR = 300_000;

/** Milliseconds before an unreachable server is tried again, so that it does not delay every answer. */
const LEFT_ALONE_FOR = 10_000;

export interface OnDemandOptions {
  version: string;
  secrets: Secrets;
  clock: Clock;
  log: Log;
}

class OnDemandServer {
  #opening: Promise<McpSession> | undefined;
  #openedAt = 0;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly name: string,
    private readonly server: RemoteMcpServers[string],
    private readonly options: OnDemandOptions,
  ) {}

  /** Empty if the server is unreachable. */
  async tools(): Promise<readonly OfferedTool[]> {
    const isOld = this.options.clock.now() - this.#openedAt >= LISTED_FOR;
    if (isOld) this.#forget();
    return (await this.#session())?.tools ?? [];
  }

  async tool(name: string): Promise<OfferedTool | undefined> {
    const tool = (await this.tools()).find((one) => one.name === name);
    if (tool || this.#opening) return tool;
    return { name, description: '', parameters: {}, call: async () => unavailable(this.name) };
  }

  readonly #call: CallThrough = async (call) => {
    for (let tries = 1; ; tries++) {
      const session = await this.#session();
      if (!session) return unavailable(this.name);
      try {
        return await call(session);
      } catch (error) {
        if (!(error instanceof SessionLostError)) throw error;
        this.options.log.info('mcp_lost', { server: this.name });
        this.#forget();
        if (!error.wasRefused || tries > 1) return unavailable(this.name);
      }
    }
  };

  async #session(): Promise<McpSession | undefined> {
    const { clock, log } = this.options;
    if (!this.#opening && clock.now() - this.#failedAt < LEFT_ALONE_FOR) return undefined;
    this.#opening ??= this.#open();
    const opening = this.#opening;
    try {
      return await opening;
    } catch (error) {
      if (this.#opening === opening) {
        log.info('mcp_unreachable', { server: this.name, reason: reasonOf(error) });
        this.#failedAt = clock.now();
        this.#opening = undefined;
      }
      return undefined;
    }
  }

  async #open(): Promise<McpSession> {
    const { name, server, options } = this;
    const { version, secrets, clock, log } = options;
    this.#openedAt = clock.now();
    const fetch = createExactFetch({ headers: () => serverValues(server.headers, secrets), outlivesCalls: false });
    const transport = new StreamableHTTPClientTransport(new URL(server.url), { fetch });
    const session = await openMcpSession(
      { name, version, transport, isExact: true, connectLimit: CONNECT_LIMIT },
      this.#call,
    );
    log.info('mcp_connected', { server: name, tools: session.tools.length });
    return session;
  }

  #forget(): void {
    const opening = this.#opening;
    this.#opening = undefined;
    void opening?.then((session) => session.close()).catch(() => {});
  }
}

export function createOnDemandTools(servers: RemoteMcpServers, options: OnDemandOptions): ToolSource {
  const byName = new Map(
    Object.entries(servers).map(([name, server]) => [name, new OnDemandServer(name, server, options)]),
  );
  return {
    async tools() {
      const all = await Promise.all([...byName.values()].map((server) => server.tools()));
      return all.flat();
    },
    async tool(name) {
      return byName.get(name.split('.', 1)[0] ?? '')?.tool(name);
    },
  };
}
