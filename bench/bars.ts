/** What each figure is compared with, and the required ratio. */
import type { MeasureName } from './measures';
import { TABLE } from './plan';
import type { TargetName } from './targets/targets';

export interface Bar {
  measure: MeasureName;
  connections: number;
  /** Our figure is divided by this server's. */
  to: TargetName;
  /** The required minimum or maximum. */
  wanted: { atLeast: number } | { atMost: number };
}

const [few, many] = TABLE.broadcasts;

export const bars: readonly Bar[] = [
  { measure: 'broadcast', connections: few, to: 'centrifugo', wanted: { atMost: 1 } },
  { measure: 'broadcast', connections: many, to: 'centrifugo', wanted: { atMost: 1 } },
  { measure: 'broadcast', connections: few, to: 'bare', wanted: { atMost: 1.15 } },
  { measure: 'broadcast', connections: many, to: 'bare', wanted: { atMost: 1.15 } },
  { measure: 'connects', connections: TABLE.connects, to: 'bare', wanted: { atLeast: 0.8 } },
  { measure: 'memory_rss', connections: TABLE.memory, to: 'centrifugo', wanted: { atMost: 0.4 } },
  { measure: 'memory_rss', connections: TABLE.memory, to: 'bare', wanted: { atMost: 1.5 } },
  { measure: 'memory_heap', connections: TABLE.memory, to: 'bare', wanted: { atMost: 1.5 } },
  { measure: 'tool_call_rate', connections: TABLE.rates, to: 'bare', wanted: { atLeast: 0.8 } },
  { measure: 'chat_rate', connections: TABLE.rates, to: 'bare_together', wanted: { atLeast: 0.7 } },
  { measure: 'chat_rate', connections: TABLE.rates, to: 'bare', wanted: { atLeast: 0.6 } },
  { measure: 'ping_rate', connections: TABLE.rates, to: 'bare', wanted: { atLeast: 0.6 } },
  { measure: 'chat_p50', connections: TABLE.latencies, to: 'bare', wanted: { atMost: 1.6 } },
  { measure: 'ping_p50', connections: TABLE.latencies, to: 'bare', wanted: { atMost: 1.6 } },
  { measure: 'tool_call_p50', connections: TABLE.latencies, to: 'bare', wanted: { atMost: 1.6 } },
];

export function isMet({ wanted }: Bar, ratio: number): boolean {
  return 'atLeast' in wanted ? ratio >= wanted.atLeast : ratio <= wanted.atMost;
}
