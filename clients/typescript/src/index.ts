/** The public API of the package. */
export { createClient, type SwitchboardClient } from './client';
export { SwitchboardError } from './switchboard-error';
export type {
  ChatOptions,
  ChatReply,
  ChatResponse,
  ClientOptions,
  ClientStorage,
  Clock,
  Frame,
  JsonObject,
  Position,
  PresenceOptions,
  PresenceSnapshot,
  RecoveryResult,
  SendOptions,
  State,
  StateChange,
  Timers,
  ToolCall,
  ToolDescription,
  ToolHandler,
  ToolProgress,
  ToolResponse,
  Unsubscribe,
  WebSocketClass,
  WebSocketLike,
} from './types';
