/** One MCP server: a connection that all calls share, and that is made again, ever more rarely, where it is lost. */
import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  StreamableHTTPClientTransport,
  type Tool,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Clock, Log } from '../../lambdas/ports/runtime';
import type { Secrets } from '../../lambdas/ports/secrets';
import type { OfferedTool } from '../../lambdas/ports/tool-source';
import { type JsonObject, withPlainNumbers } from '../../lambdas/protocol/json';
import type { ToolOutcome } from '../../lambdas/protocol/server-messages';
import { version } from '../../package.json';
import { outcomeOf } from './mcp-outcome';
import type { McpServer, McpValue } from './mcp-servers';

/** Milliseconds that a server has to connect and to list its tools, and that a call may take: less than a message's handler has. */
const CONNECT_LIMIT = 20_000;
const CALL_LIMIT = 25_000;

/** Milliseconds between two tries to connect: the first pause, and the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;

/** Milliseconds after which a connection has held, so that its loss is a new one. */
const HELD = 30_000;

export interface McpConnectionOptions {
  name: string;
  server: McpServer;
  secrets: Secrets;
  clock: Clock;
  log: Log;
}

export class McpConnection {
  /** As the server said last; they stay while it is away. */
  tools: readonly OfferedTool[] = [];
  #client: Client | undefined;
  #connectedAt = 0;
  #tries = 0;
  #stopped = false;
  #cancelTry: (() => void) | undefined;

  constructor(private readonly options: McpConnectionOptions) {}

  /** Resolves when the first try is over. */
  async connect(): Promise<void> {
    const { name, clock, log } = this.options;
    const client = new Client(
      { name: 'switchboard', version },
      {
        versionNegotiation: { mode: 'auto' },
        listChanged: { tools: { onChanged: (_error, tools) => tools && this.#take(tools) } },
      },
    );
    client.onerror = () => {}; // each call tells its own
    try {
      await client.connect(await this.#transport(), { timeout: CONNECT_LIMIT });
      const { tools } = await client.listTools(undefined, { timeout: CONNECT_LIMIT });
      if (this.#stopped) return await client.close();
      this.#take(tools);
      this.#client = client;
      this.#connectedAt = clock.now();
      client.onclose = () => this.#lose(client);
      log.info('mcp_connected', { server: name, tools: tools.length });
    } catch (error) {
      await client.close().catch(() => {});
      log.info('mcp_unreachable', { server: name, reason: reasonOf(error), tries: this.#tries + 1 });
      this.#tryLater();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTry?.();
    const client = this.#client;
    this.#client = undefined;
    await client?.close().catch(() => {});
  }

  #take(tools: readonly Tool[]): void {
    this.tools = tools.map(({ name, description = '', inputSchema }) => ({
      name: `${this.options.name}.${name}`,
      description,
      parameters: inputSchema as JsonObject,
      call: (params, { signal }) => this.#call(name, params, signal),
    }));
  }

  async #call(toolName: string, params: JsonObject, signal: AbortSignal): Promise<ToolOutcome> {
    const { name } = this.options;
    const client = this.#client;
    if (!client) return unavailable(name);
    try {
      const request = { name: toolName, arguments: withPlainNumbers(params) as JsonObject };
      return outcomeOf(await client.callTool(request, { timeout: CALL_LIMIT, signal }));
    } catch (error) {
      if (error instanceof ProtocolError) return { error: { code: 'tool_failed', message: error.message } };
      if (signal.aborted) return { error: { code: 'cancelled', message: 'The call was given up.' } };
      if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
        const message = `The MCP server "${name}" gave no answer within ${CALL_LIMIT / 1_000} seconds.`;
        return { error: { code: 'timed_out', message } };
      }
      this.#lose(client);
      return unavailable(name);
    }
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    const { name, clock, log } = this.options;
    log.info('mcp_lost', { server: name });
    if (clock.now() - this.#connectedAt >= HELD) this.#tries = 0;
    client.close().catch(() => {});
    this.#tryLater();
  }

  /** With jitter, so that several gateways do not try at once. */
  #tryLater(): void {
    if (this.#stopped) return;
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#tries, LONGEST_PAUSE);
    this.#tries += 1;
    this.#cancelTry = this.options.clock.setTimer(pause * (0.5 + Math.random() / 2), () => void this.connect());
  }

  async #transport() {
    const { server } = this.options;
    if ('url' in server) {
      const headers = await this.#valuesOf(server.headers);
      return new StreamableHTTPClientTransport(new URL(server.url), { requestInit: { headers } });
    }
    const { command, args, cwd } = server;
    const env = await this.#valuesOf(server.env);
    // What it writes to stderr could be anything, and would land in the log.
    return new StdioClientTransport({ command, args, env, stderr: 'ignore', ...(cwd !== undefined && { cwd }) });
  }

  async #valuesOf(values: Readonly<Record<string, McpValue>>): Promise<Record<string, string>> {
    const read = async (value: McpValue) =>
      typeof value === 'string' ? value : await this.options.secrets.get(value.secret);
    const entries = Object.entries(values).map(async ([name, value]) => [name, await read(value)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
}

function unavailable(name: string): ToolOutcome {
  const message = `The MCP server "${name}" cannot be reached; it is tried again. Call later.`;
  return { error: { code: 'tool_unavailable', message } };
}

/** Without a message, which could have anything in it. */
function reasonOf(error: unknown): string {
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: { code?: unknown } };
  return String(cause?.code ?? code ?? name);
}
