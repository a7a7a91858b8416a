/** Message types that the team may push: its own, and those protocol types that are meant for it. */
import type { clientMessages } from './client-messages';
import type { JsonObject } from './json';
import { pushedChatMessage, type ServerMessage } from './server-messages';
import type { serverMessages } from './server-schemas';

/** A broadcast has a type of the caller's choice. */
type ProtocolType = keyof typeof clientMessages | Exclude<keyof typeof serverMessages, 'broadcast'>;

/** Protocol types: `pushed` like any other type, sent by another call, or only by the server. */
const PROTOCOL_TYPES: Readonly<Record<ProtocolType, 'pushed' | 'POST /call_tool' | 'DELETE /calls/{call_id}' | 'own'>> =
  {
    chat_message: 'pushed',
    tool_call: 'POST /call_tool',
    tool_cancel: 'DELETE /calls/{call_id}',
    cancel: 'own',
    chat_delta: 'own',
    chat_response: 'own',
    connection_closing: 'own',
    connection_established: 'own',
    error: 'own',
    join: 'own',
    joined: 'own',
    leave: 'own',
    left: 'own',
    list_tools: 'own',
    ping: 'own',
    pong: 'own',
    presence_changed: 'own',
    presence_snapshot: 'own',
    presence_unwatched: 'own',
    processing: 'own',
    register_tools: 'own',
    resume: 'own',
    resumed: 'own',
    tool_progress: 'own',
    tool_response: 'own',
    tool_response_accepted: 'own',
    tools: 'own',
    tools_registered: 'own',
    unwatch_presence: 'own',
    watch_presence: 'own',
  };

const USES = new Map<string, string>(Object.entries(PROTOCOL_TYPES));

/** What is wrong with a message that the team wants to push; undefined if it may. */
export function pushFault(type: string, data: JsonObject): { path: string[]; message: string } | undefined {
  const use = USES.get(type);
  if (use === 'own') {
    const message = `Invalid input: "${type}" is reserved by the protocol; expected chat_message or a type of your own`;
    return { path: ['message_type'], message };
  }
  if (use !== undefined && use !== 'pushed') {
    return { path: ['message_type'], message: `Invalid input: "${type}" is reserved; use ${use} instead` };
  }
  if (use === 'pushed' && typeof data.content !== 'string') {
    return { path: ['data', 'content'], message: `Invalid input: expected string in a ${type}` };
  }
  return undefined;
}

/** Builds a message of a type that may be pushed. */
export function pushedMessage(type: string, data: JsonObject): ServerMessage {
  return type === 'chat_message' ? pushedChatMessage(String(data.content)) : { type, data };
}
