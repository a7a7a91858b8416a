/** A connection to one MCP server: its tools, and calls of them. Whoever opens it decides what becomes of it once it is lost. */
import {
  Client,
  type jsonSchemaValidator,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import type { OfferedTool } from '../ports/tool-source';
import { exactFrom, type JsonObject, withPlainNumbers } from '../protocol/json';
import type { ToolOutcome } from '../protocol/server-messages';
import { outcomeOf } from './mcp-outcome';

/** Milliseconds that a call may take: less than a message's handler has. */
const CALL_LIMIT = 25_000;

export interface McpSessionOptions {
  /** Of the server, as the setting names it. */
  name: string;
  version: string;
  transport: Transport;
  /** Whether the transport keeps numbers digit for digit (`exact-fetch.ts`). */
  isExact: boolean;
  /** Milliseconds to connect and to list the tools. */
  connectLimit: number;
  /** Told where the server says that its tools have changed; without it the server is not asked to say so. */
  onTools?(tools: readonly OfferedTool[]): void;
  /** Told once where the connection is lost. */
  onLost?(): void;
}

/** The server could not be reached, or no longer knows the session. */
export class SessionLostError extends Error {
  override readonly name = 'SessionLostError';

  /** @param wasRefused  true where the server has not run the call for certain, so that it can be made again */
  constructor(readonly wasRefused: boolean) {
    super('the session is lost');
  }
}

export interface McpSession {
  /** As the server listed them at the beginning. They call through `callThrough`. */
  tools: readonly OfferedTool[];
  /** @throws SessionLostError */
  call(toolName: string, params: JsonObject, signal: AbortSignal): Promise<ToolOutcome>;
  close(): Promise<void>;
}

/** What whoever holds a session does with a call: it makes it on the session, or answers that there is none. */
export type CallThrough = (call: (session: McpSession) => Promise<ToolOutcome>) => Promise<ToolOutcome>;

/**
 * Output is not checked against the server's schema: a gateway passes on what it gets, and numbers are no numbers while they travel
 * through the SDK. It would also run the patterns of a stranger.
 */
const NO_VALIDATION: jsonSchemaValidator = {
  getValidator: () => (input: unknown) => ({ valid: true, data: input as never, errorMessage: undefined }),
};

/** Opens a session, and resolves with it when its tools are known. @throws what the SDK throws */
export async function openMcpSession(options: McpSessionOptions, callThrough: CallThrough): Promise<McpSession> {
  const { name: serverName, version, transport, isExact, connectLimit: timeout, onTools, onLost } = options;

  function offered(tools: readonly Tool[]): OfferedTool[] {
    return tools.map(({ name, description = '', inputSchema }) => ({
      name: `${serverName}.${name}`,
      description,
      parameters: inputSchema as JsonObject,
      call: (params, { signal }) => callThrough((session) => session.call(name, params, signal)),
    }));
  }

  const client = new Client(
    { name: 'switchboard', version },
    {
      versionNegotiation: { mode: 'auto' },
      jsonSchemaValidator: NO_VALIDATION,
      ...(onTools && {
        listChanged: { tools: { onChanged: (_error, tools) => tools && onTools(offered(tools)) } },
      }),
    },
  );
  client.onerror = () => {}; // each call tells its own

  async function connect(): Promise<OfferedTool[]> {
    try {
      await client.connect(transport, { timeout });
      const { tools } = await client.listTools(undefined, { timeout });
      if (onLost) client.onclose = onLost;
      return offered(tools);
    } catch (error) {
      await client.close().catch(() => {});
      throw error;
    }
  }

  return {
    tools: await connect(),

    async call(name, params, signal) {
      const request = { name, arguments: (isExact ? params : withPlainNumbers(params)) as JsonObject };
      try {
        return exactFrom(outcomeOf(await client.callTool(request, { timeout: CALL_LIMIT, signal }))) as ToolOutcome;
      } catch (error) {
        if (error instanceof ProtocolError) return { error: { code: 'tool_failed', message: error.message } };
        if (signal.aborted) return { error: { code: 'cancelled', message: 'The call was given up.' } };
        if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
          const message = `The MCP server "${serverName}" gave no answer within ${CALL_LIMIT / 1_000} seconds.`;
          return { error: { code: 'timed_out', message } };
        }
        throw new SessionLostError((error as { status?: unknown }).status === 404); // the specification's answer to an old session
      }
    },

    close: () => client.close().catch(() => {}),
  };
}

export function unavailable(serverName: string): ToolOutcome {
  const message = `The MCP server "${serverName}" cannot be reached; it is tried again. Call later.`;
  return { error: { code: 'tool_unavailable', message } };
}

/** Why a server cannot be reached: without the error's message, which could have anything in it. */
export function reasonOf(error: unknown): string {
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: { code?: unknown } };
  return String(cause?.code ?? code ?? name);
}
