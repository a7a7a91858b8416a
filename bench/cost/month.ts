/** A month of given traffic in dollars. */
import { PLATFORM_HEARTBEAT_SECONDS } from '../../lambdas/protocol/limits';
import { PRICES } from '../prices';
import type { EventName } from './events';

export interface Traffic {
  /** Connected all the time. */
  clients: number;
  /** Of each client in an hour. */
  chatsPerHour: number;
  toolCallsPerHour: number;
  /** Sent to each client in an hour, over HTTP. */
  pushesPerHour: number;
}

export interface Month {
  messages: number;
  /** Dollars. */
  connectionMinutes: number;
  events: number;
}

const HOURS = 730;

/** Hours that API Gateway keeps a connection; then the client connects again. */
const CONNECTION_HOURS = 2;

/** @param costs  dollars of one event of each kind */
export function monthOf(traffic: Traffic, costs: Record<EventName, number>): Month {
  const { clients, chatsPerHour, toolCallsPerHour, pushesPerHour } = traffic;
  const clientHours = clients * HOURS;
  const counts: Record<EventName, number> = {
    'connect and disconnect': clientHours / CONNECTION_HOURS,
    ping: clientHours * (3_600 / PLATFORM_HEARTBEAT_SECONDS),
    chat_message: clientHours * chatsPerHour,
    tool_call: clientHours * toolCallsPerHour,
    send_message: clientHours * pushesPerHour,
  };
  const entries = Object.entries(counts) as [EventName, number][];
  return {
    messages: entries.reduce((sum, [, count]) => sum + count, 0),
    connectionMinutes: clientHours * 60 * PRICES.webSocketConnectionMinute,
    events: entries.reduce((sum, [name, count]) => sum + count * costs[name], 0),
  };
}
