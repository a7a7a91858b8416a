/** What is measured: each figure's name, its unit, and how it may compare with the bare server's. */

export interface Measure {
  /** What the report calls it. */
  label: string;
  unit: string;
  /** Ours divided by the bare server's: the least or the most that is wanted. */
  bar?: { atLeast: number } | { atMost: number };
}

export const measures = {
  chat_rate: { label: 'chat', unit: 'messages/s', bar: { atLeast: 0.6 } },
  ping_rate: { label: 'ping', unit: 'messages/s', bar: { atLeast: 0.6 } },
  tool_call_rate: { label: 'tool_call', unit: 'messages/s', bar: { atLeast: 0.55 } },
  chat_p50: { label: 'chat, p50', unit: 'µs', bar: { atMost: 1.6 } },
  ping_p50: { label: 'ping, p50', unit: 'µs', bar: { atMost: 1.6 } },
  tool_call_p50: { label: 'tool_call, p50', unit: 'µs', bar: { atMost: 1.6 } },
  chat_p99: { label: 'chat, p99', unit: 'µs' },
  ping_p99: { label: 'ping, p99', unit: 'µs' },
  tool_call_p99: { label: 'tool_call, p99', unit: 'µs' },
  broadcast: { label: 'broadcast, until the last client has it', unit: 'ms', bar: { atMost: 1.5 } },
  memory_rss: { label: 'memory a connection, resident', unit: 'KiB', bar: { atMost: 1.5 } },
  memory_heap: { label: 'memory a connection, heap', unit: 'KiB', bar: { atMost: 1.5 } },
  start_up: { label: 'start until `/health` answers', unit: 'ms' },
  connects: { label: 'handshakes, each until its greeting', unit: 'connections/s' },
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
