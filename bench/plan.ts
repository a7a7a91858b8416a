/** What a run measures, with how many connections, and for how long. */
import type { TargetName } from './targets/targets';

/** For each number of clients, connections are opened on one target after the other, measured, and closed. */
export interface Step {
  connections: number;
  targets: readonly TargetName[];
  /** Seconds per kind of message, on all connections with 4 messages in flight on each. */
  rateSeconds?: number;
  /** Messages of each kind on one connection, one at a time; the others are silent. */
  latencyMessages?: number;
  /** Number of broadcasts; the median counts. */
  broadcasts?: number;
}

export interface Plan {
  rounds: number;
  steps: readonly Step[];
  /** Increasing numbers of connections at which memory is read, in otherwise fresh processes. */
  memory: { targets: readonly TargetName[]; at: readonly number[] };
}

/** Messages in flight on each connection during a rate. */
export const IN_FLIGHT = 4;

const FAST: readonly TargetName[] = ['local', 'bare', 'socket_io'];
/** `--wire` handles some hundred messages a second: thousands of connections would show nothing new. */
const ALL: readonly TargetName[] = [...FAST, 'wire'];
const EVERY_KIND: readonly TargetName[] = [...ALL, 'bare_together', 'local_info'];

/** The number of connections in the table. The others are for the picture. */
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

/** Only what the bars need. */
export const barsPlan: Plan = {
  rounds: 7,
  memory: { targets: ['local', 'bare'], at: [TABLE.memory] },
  steps: [
    { connections: TABLE.latencies, targets: ['local', 'bare'], latencyMessages: 3_000 },
    { connections: TABLE.rates, targets: ['local', 'bare', 'bare_together'], rateSeconds: 1.2 },
    ...TABLE.broadcasts.map((connections): Step => ({ connections, targets: ['local', 'bare'], broadcasts: 5 })),
  ],
};

/** Broadcasts and handshakes alone, compared with the system calls of a broadcast. */
export const sendsPlan: Plan = {
  rounds: 7,
  memory: { targets: [], at: [] },
  steps: TABLE.broadcasts.map(
    (connections): Step => ({
      connections,
      targets: ['local', 'bare', 'bare_writes'],
      broadcasts: 5,
    }),
  ),
};

/** A short run: the same measures, less often and with fewer connections. */
export const quickPlan: Plan = {
  rounds: 2,
  memory: { targets: FAST, at: [1_000] },
  steps: [
    { connections: TABLE.latencies, targets: ALL, latencyMessages: 2_000 },
    { connections: TABLE.rates, targets: EVERY_KIND, rateSeconds: 1 },
    { connections: 2_000, targets: [...FAST, 'local_info'], broadcasts: 3 },
  ],
};

/** This checkout, another one, and the limit. */
const BOTH: readonly TargetName[] = ['local', 'other', 'bare'];
export const againstPlan: Plan = {
  rounds: 3,
  memory: { targets: BOTH, at: [10_000] },
  steps: [
    { connections: TABLE.latencies, targets: BOTH, latencyMessages: 3_000 },
    { connections: TABLE.rates, targets: BOTH, rateSeconds: 1.2 },
  ],
};

/** The plan with another checkout in each step. */
export function withOther({ rounds, steps, memory }: Plan): Plan {
  return { rounds, steps: steps.map((step) => ({ ...step, targets: [...step.targets, 'other'] })), memory };
}

/** Centrifugo does not have our messages: it takes part in memory, and in the table's broadcasts and handshakes. */
export function withCentrifugo({ rounds, steps, memory }: Plan): Plan {
  const isCompared = ({ broadcasts, connections }: Step) =>
    broadcasts !== undefined && TABLE.broadcasts.some((count) => count === connections);
  return {
    rounds,
    steps: steps.map((step) => (isCompared(step) ? { ...step, targets: [...step.targets, 'centrifugo'] } : step)),
    memory: { ...memory, targets: [...memory.targets, 'centrifugo'] },
  };
}

/** The part of a plan that sends messages of clients. */
export function messagesOf({ rounds, steps, memory }: Plan): Plan {
  return {
    rounds,
    steps: steps.flatMap(({ broadcasts: _, ...step }) =>
      step.rateSeconds === undefined && step.latencyMessages === undefined ? [] : [step],
    ),
    memory: { ...memory, at: [] },
  };
}

/** The part of a plan for which this many connections are enough. */
export function withinLimit({ rounds, steps, memory }: Plan, connections: number): Plan {
  return {
    rounds,
    steps: steps.filter((step) => step.connections <= connections),
    memory: { ...memory, at: memory.at.filter((count) => count <= connections) },
  };
}
