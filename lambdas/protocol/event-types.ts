/** What the team can be told of, by the type of its CloudEvent. */
export const EVENT_TYPES = [
  'client.connected',
  'client.disconnected',
  'message.received',
  'message.delivered',
  'call.completed',
  'broadcast.completed',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];
