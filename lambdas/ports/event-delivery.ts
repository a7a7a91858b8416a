/** How events get to the team, for the calls that show it and repeat what failed. */
import type { EventType } from '../protocol/event-types';

export interface ReceiverState {
  name: string;
  /** Without path and query, which may hold a secret. */
  origin: string;
  types: readonly EventType[];
  /** Only events of clients with one of these labels; undefined for all. */
  labels?: readonly string[];
  /** Since the server started. */
  delivered: number;
  waiting: number;
  failed: number;
  /** When the event that has waited longest happened, ISO-8601. */
  waitingSince?: string;
  lastDeliveredAt?: string;
  /** The last attempt that failed. */
  lastError?: { at: string; reason: string };
}

export interface EventDeliveryState {
  destination: 'none' | 'webhooks' | 'eventbridge';
  /** Whether events say what messages say. */
  contents: boolean;
  /** Of EventBridge. */
  bus?: string;
  /** Events that wait, or have failed. */
  queued: number;
  /** Events that were given up because the queue was full, since the server started. */
  dropped: number;
  receivers: readonly ReceiverState[];
}

/** An event that a receiver did not take within a day. */
export interface FailedEvent {
  id: string;
  type: EventType;
  subject: string;
  time: string;
  receiver: string;
  failedAt: string;
  reason: string;
}

export interface ReplayRequest {
  /** All where undefined. */
  receiver?: string | undefined;
  /** All where undefined. */
  eventIds?: readonly string[] | undefined;
}

export interface EventDelivery {
  state(): EventDeliveryState;
  /** Oldest first. */
  failed(limit: number): FailedEvent[];
  /** Has failed events sent again. @returns how many; undefined for a receiver that is not there */
  replay(request: ReplayRequest): number | undefined;
}

/** Where nobody wants events. */
export const NO_EVENTS: EventDelivery = {
  state: () => ({ destination: 'none', contents: false, queued: 0, dropped: 0, receivers: [] }),
  failed: () => [],
  replay: ({ receiver }) => (receiver === undefined ? 0 : undefined),
};
