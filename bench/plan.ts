/** What a run measures, at how many connections, and for how long. */
import type { TargetName } from './targets/targets';

/** Connections of so many clients are opened on one target after the other, measured, and closed. */
export interface Step {
  connections: number;
  targets: readonly TargetName[];
  /** Seconds for each kind of message, on all connections with 4 under way on each. */
  rateSeconds?: number;
  /** Messages of each kind on one connection, one at a time; the others are silent. */
  latencyMessages?: number;
  /** Broadcasts, of which the median counts. */
  broadcasts?: number;
}

export interface Plan {
  rounds: number;
  steps: readonly Step[];
  /** Numbers of connections that memory is read at, rising, in processes that have done nothing else. */
  memory: { targets: readonly TargetName[]; at: readonly number[] };
}

/** Messages under way on each connection of a rate. */
export const IN_FLIGHT = 4;

const FAST: readonly TargetName[] = ['local', 'bare', 'socket_io'];
/** `--wire` handles some hundred messages a second: with thousands of connections there is nothing to learn of it. */
const ALL: readonly TargetName[] = [...FAST, 'wire'];
const EVERY_KIND: readonly TargetName[] = [...ALL, 'bare_together', 'local_info'];

/** Where the table's figures come from. The others are the picture's. */
export const TABLE = { rates: 50, latencies: 1, broadcasts: [2_000, 10_000], memory: 10_000, connects: 2_000 } as const;

export const fullPlan: Plan = {
  rounds: 7,
  memory: { targets: FAST, at: [1_000, 10_000] },
  steps: [
    { connections: TABLE.latencies, targets: ALL, latencyMessages: 3_000 },
    { connections: 10, targets: FAST, rateSeconds: 0.4, latencyMessages: 500, broadcasts: 3 },
    { connections: TABLE.rates, targets: EVERY_KIND, rateSeconds: 1.2 },
    { connections: 100, targets: FAST, rateSeconds: 0.4, latencyMessages: 500, broadcasts: 3 },
    { connections: 1_000, targets: FAST, rateSeconds: 0.4, latencyMessages: 500, broadcasts: 3 },
    { connections: 2_000, targets: [...FAST, 'local_info'], broadcasts: 5 },
    { connections: 10_000, targets: FAST, rateSeconds: 1, latencyMessages: 500, broadcasts: 5 },
  ],
};

/** What the bars need, and nothing else. */
export const barsPlan: Plan = {
  rounds: 7,
  memory: { targets: ['local', 'bare'], at: [TABLE.memory] },
  steps: [
    { connections: TABLE.latencies, targets: ['local', 'bare'], latencyMessages: 3_000 },
    { connections: TABLE.rates, targets: ['local', 'bare', 'bare_together'], rateSeconds: 1.2 },
    ...TABLE.broadcasts.map((connections): Step => ({ connections, targets: ['local', 'bare'], broadcasts: 5 })),
  ],
};

/** A short look: the same measures, less often and with fewer connections. */
export const quickPlan: Plan = {
  rounds: 2,
  memory: { targets: FAST, at: [1_000] },
  steps: [
    { connections: TABLE.latencies, targets: ALL, latencyMessages: 2_000 },
    { connections: TABLE.rates, targets: EVERY_KIND, rateSeconds: 1 },
    { connections: 2_000, targets: [...FAST, 'local_info'], broadcasts: 3 },
  ],
};

/** This checkout beside another one, and the limit. */
const BOTH: readonly TargetName[] = ['local', 'other', 'bare'];
export const againstPlan: Plan = {
  rounds: 3,
  memory: { targets: BOTH, at: [10_000] },
  steps: [
    { connections: TABLE.latencies, targets: BOTH, latencyMessages: 3_000 },
    { connections: TABLE.rates, targets: BOTH, rateSeconds: 1.2 },
  ],
};

/** Centrifugo has no messages of ours: it takes part in memory, and in the broadcasts and handshakes of the table. */
export function withCentrifugo({ rounds, steps, memory }: Plan): Plan {
  const isCompared = ({ broadcasts, connections }: Step) =>
    broadcasts !== undefined && TABLE.broadcasts.some((count) => count === connections);
  return {
    rounds,
    steps: steps.map((step) => (isCompared(step) ? { ...step, targets: [...step.targets, 'centrifugo'] } : step)),
    memory: { ...memory, targets: [...memory.targets, 'centrifugo'] },
  };
}

/** The part of a plan that so many connections are enough for. */
export function withinLimit({ rounds, steps, memory }: Plan, connections: number): Plan {
  return {
    rounds,
    steps: steps.filter((step) => step.connections <= connections),
    memory: { ...memory, at: memory.at.filter((count) => count <= connections) },
  };
}
