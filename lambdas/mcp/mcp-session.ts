/** A connection to one MCP server: its tools, and calls to them. The owner of the session decides what to do when it is lost. */
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

/** Time limit of a call in milliseconds; less than a message handler's. */
const CALL_LIMIT = 25_000;

export interface McpSessionOptions {
  /** Name of the server in the settings. */
  name: string;
  version: string;
  transport: Transport;
  /** Whether the transport keeps numbers digit for digit (`exact-fetch.ts`). */
  isExact: boolean;
  /** Milliseconds to connect and list the tools. */
  connectLimit: number;
  /** Called when the server's tools have changed. If omitted, the session does not subscribe to changes. */
  onTools?(tools: readonly OfferedTool[]): void;
  /** Called once when the connection is lost. */
  onLost?(): void;
}

/** The server could not be reached, or no longer knows the session. */
export class SessionLostError extends Error {
  override readonly name = 'SessionLostError';

  /**
   * @param wasRefused  true if the server certainly did not run the call, so that it is safe to retry
   */
  constructor(readonly wasRefused: boolean) {
    super('the session is lost');
  }
}

export interface McpSession {
  /** The tools when the session was opened. They call through `callThrough`. */
  tools: readonly OfferedTool[];
  /** @throws SessionLostError */
  call(toolName: string, params: JsonObject, signal: AbortSignal): Promise<ToolOutcome>;
  close(): Promise<void>;
}

/** Runs a call on the current session, or answers that there is none. */
export type CallThrough = (call: (session: McpSession) => Promise<ToolOutcome>) => Promise<ToolOutcome>;

/**
 * Skips output validation. A gateway passes results through, and numbers travel through the SDK as marked strings, which would fail a
 * schema. It would also run regular expressions from a third party.
 */
const NO_VALIDATION: jsonSchemaValidator = {
  getValidator: () => (input: unknown) => ({ valid: true, data: input as never, errorMessage: undefined }),
};

/** Opens a session; resolves when its tools are known. @throws the SDK's errors */
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
  client.onerror = () => {}; // each call reports its own error

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
        if (signal.aborted) return { error: { code: 'cancelled', message: 'The call was cancelled.' } };
        if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
          const message = `The MCP server "${serverName}" did not answer within ${CALL_LIMIT / 1_000} seconds.`;
          return { error: { code: 'timed_out', message } };
        }
        throw new SessionLostError((error as { status?: unknown }).status === 404); // the status that the MCP specification requires for an unknown session
      }
    },

    close: () => client.close().catch(() => {}),
  };
}

export function unavailable(serverName: string): ToolOutcome {
  const message = `The MCP server "${serverName}" is unreachable; the connection is being retried. Call again later.`;
  return { error: { code: 'tool_unavailable', message } };
}

/** Why a server is unreachable. Omits the error's message, which could contain anything. */
export function reasonOf(error: unknown): string {
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: { code?: unknown } };
  return String(cause?.code ?? code ?? name);
}
