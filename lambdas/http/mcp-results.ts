/** Converts a client's tools and calls to MCP. */
import { type CallToolResult, isCallToolResult, isSpecType, type Tool } from '@modelcontextprotocol/server';
import { statusMessageOf } from '../ports/call';
import type { ClientTool } from '../ports/client-tool-store';
import { isoTime } from '../ports/runtime';
import { isJsonObject, type JsonObject, stringifyJson, withPlainNumbers } from '../protocol/json';
import { MAX_WAIT_SECONDS } from '../protocol/limits';
import type { Call } from './client-calls';

export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** Recommended milliseconds between two polls of a task. */
const POLL_INTERVAL = 2_000;

/** Put before a client's tool description, which may end up in a model's prompt. */
const SAID_BY_CLIENT = 'Described by the client:';

/** Marked as the client's own text. If hosts could not read a tool's schema, the tool loses its schema, but the list stays readable. */
export function mcpToolOf({ name, description, inputSchema }: ClientTool): Tool {
  const tool = {
    name,
    ...(description !== undefined && { description: `${SAID_BY_CLIENT} ${description}` }),
    inputSchema: { ...inputSchema, type: 'object' as const },
    _meta: { source: 'client' },
  };
  const isReadable: boolean = isSpecType.Tool(withPlainNumbers(tool));
  return isReadable ? (tool as Tool) : { ...tool, inputSchema: { type: 'object' } };
}

/** Result of a call that has ended. */
export function resultOfCall({ status, result, error }: Call): CallToolResult {
  if (status === 'completed') return resultOf(result);
  if (status === 'failed') return failedTool(stringifyJson(error), error);
  return failedTool(status === 'cancelled' ? 'The call was cancelled.' : 'The call expired without a result.');
}

/** The client's result: MCP content if the client speaks MCP, otherwise any value. */
function resultOf(value: unknown): CallToolResult {
  const plain = withPlainNumbers(value);
  if (isJsonObject(plain) && Array.isArray(plain.content)) {
    const { content, structuredContent, isError } = plain;
    const result = {
      content,
      ...(structuredContent !== undefined && { structuredContent }),
      ...(isError === true && { isError }),
    };
    if (isCallToolResult(result)) {
      return { ...result, ...(structuredContent !== undefined && structured((value as JsonObject).structuredContent)) };
    }
  }
  return {
    content: [textOf(typeof value === 'string' ? value : stringifyJson(value))],
    ...(isJsonObject(value) && structured(value)),
  };
}

export function failedTool(text: string, structuredContent?: object): CallToolResult {
  return { content: [textOf(text)], ...(structuredContent && structured(structuredContent)), isError: true };
}

/** Keeps the client's numbers digit for digit: the SDK writes them as marked strings, which are converted back when the answer is sent. */
function structured(value: unknown): Pick<CallToolResult, 'structuredContent'> {
  return { structuredContent: value as NonNullable<CallToolResult['structuredContent']> };
}

/** For a caller that cannot wait longer and does not support tasks. */
export function unansweredTool({ callId }: Call): CallToolResult {
  const text = `The client has not answered within ${MAX_WAIT_SECONDS} seconds. The call continues: GET /calls/${callId} will have its result, DELETE /calls/${callId} cancels it.`;
  return failedTool(text, { call_id: callId, status: 'pending' });
}

function textOf(text: string) {
  return { type: 'text' as const, text };
}

/** A call as an MCP task: `taskId` is its `call_id`. @param now  milliseconds since 1970 */
export function taskOfCall(call: Call, now: number) {
  const { callId, status, progress, deadline, createdAt } = call;
  const task = {
    taskId: callId,
    createdAt,
    lastUpdatedAt: isoTime(now),
    ttlMs: deadline - Date.parse(createdAt),
    pollIntervalMs: POLL_INTERVAL,
    ...(progress && { statusMessage: statusMessageOf(progress) }),
  };
  if (status === 'pending') return { ...task, status: 'working' as const };
  if (status === 'cancelled') return { ...task, status };
  if (status === 'expired') return { ...task, status: 'failed' as const, error: EXPIRED };
  return { ...task, status: 'completed' as const, result: { ...resultOfCall(call) } };
}

const EXPIRED = { code: -32_000, message: 'The call expired without a result.' };
