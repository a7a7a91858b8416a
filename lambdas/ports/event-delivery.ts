/** State of event delivery, for the calls that show it and replay failed events. */
import type { EventType } from '../protocol/event-types';

export interface ReceiverState {
  name: string;
  /** Without path and query, which may contain a secret. */
  origin: string;
  types: readonly EventType[];
  /** Only events of clients with one of these labels; undefined for all. */
  labels?: readonly string[];
  /** Since the server started. */
  delivered: number;
  waiting: number;
  failed: number;
  /** Time of the oldest waiting event, ISO-8601. */
  waitingSince?: string;
  lastDeliveredAt?: string;
  /** The last failed attempt. */
  lastError?: { at: string; reason: string };
}

export interface EventDeliveryState {
  destination: 'none' | 'webhooks' | 'eventbridge';
  /** Whether events include message contents. */
  contents: boolean;
  /** Name of the EventBridge bus. */
  bus?: string;
  /** Events that are waiting or have failed. */
  queued: number;
  /** Events dropped because the queue was full, since the server started. */
  dropped: number;
  receivers: readonly ReceiverState[];
}

/** An event that a receiver did not accept within a day. */
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
  /** Default: all receivers. */
  receiver?: string | undefined;
  /** Default: all events. */
  eventIds?: readonly string[] | undefined;
}

export interface EventDelivery {
  state(): EventDeliveryState;
  /** Oldest first. */
  failed(limit: number): FailedEvent[];
  /** Sends failed events again. @returns how many; undefined for an unknown receiver */
  replay(request: ReplayRequest): number | undefined;
}

/** For servers without event receivers. */
export const NO_EVENTS: EventDelivery = {
  state: () => ({ destination: 'none', contents: false, queued: 0, dropped: 0, receivers: [] }),
  failed: () => [],
  replay: ({ receiver }) => (receiver === undefined ? 0 : undefined),
};
