/** The measured figures: their names and units. */

export interface Measure {
  /** Its name in the report. */
  label: string;
  unit: string;
}

export const measures = {
  chat_rate: { label: 'chat', unit: 'messages/s' },
  ping_rate: { label: 'ping', unit: 'messages/s' },
  tool_call_rate: { label: 'tool_call', unit: 'messages/s' },
  chat_p50: { label: 'chat, p50', unit: 'µs' },
  ping_p50: { label: 'ping, p50', unit: 'µs' },
  tool_call_p50: { label: 'tool_call, p50', unit: 'µs' },
  chat_p99: { label: 'chat, p99', unit: 'µs' },
  ping_p99: { label: 'ping, p99', unit: 'µs' },
  tool_call_p99: { label: 'tool_call, p99', unit: 'µs' },
  broadcast: { label: 'broadcast, until the last client has it', unit: 'ms' },
  memory_rss: { label: 'memory a connection, resident', unit: 'KiB' },
  memory_heap: { label: 'memory a connection, heap', unit: 'KiB' },
  start_up: { label: 'start until `/health` answers', unit: 'ms' },
  connects: { label: 'handshakes, each until its greeting', unit: 'connections/s' },
  connects_processor: { label: 'handshake with greeting', unit: 'µs of processor' },
  chat_processor: { label: 'chat', unit: 'µs of processor' },
  ping_processor: { label: 'ping', unit: 'µs of processor' },
  tool_call_processor: { label: 'tool_call', unit: 'µs of processor' },
  broadcast_processor: { label: 'broadcast, a client', unit: 'µs of processor' },
  chat_server_busy: { label: 'server busy', unit: 'cores' },
  ping_server_busy: { label: 'server busy', unit: 'cores' },
  tool_call_server_busy: { label: 'server busy', unit: 'cores' },
  chat_load_busy: { label: 'load busy', unit: 'cores' },
  ping_load_busy: { label: 'load busy', unit: 'cores' },
  tool_call_load_busy: { label: 'load busy', unit: 'cores' },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;
