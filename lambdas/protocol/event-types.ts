/** The event types that a team can subscribe to. Each is the `type` of a CloudEvent. */
export const EVENT_TYPES = [
  'client.connected',
  'client.disconnected',
  'message.received',
  'message.delivered',
  'call.completed',
  'broadcast.completed',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];
