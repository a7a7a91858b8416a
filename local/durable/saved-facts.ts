/** Facts of an event on disk. Most events are about messages, so those are tuples: half the bytes of an object, and a third of the time to encode. */
import type { EventClient, EventFacts, MessageStored } from '../../lambdas/events/event-facts';

type Message = MessageStored['message'];

/** `client` is the id alone if it has no labels and no groups. */
type SavedMessage = [
  type: MessageStored['type'],
  client: string | EventClient,
  epoch: string,
  seq: number,
  messageId: string,
  messageType: string,
  timestamp: string,
  size: number,
  replyTo?: string | null,
  data?: string,
];

export type SavedFacts = Exclude<EventFacts, MessageStored> | SavedMessage;

export function savedFacts(facts: EventFacts): SavedFacts {
  if (!('message' in facts)) return facts;
  const { type, client, position, message, data } = facts;
  const saved: SavedMessage = [
    type,
    client.labels || client.groups ? client : client.clientId,
    position.epoch,
    position.seq,
    message.messageId,
    message.type,
    message.timestamp,
    message.size,
  ];
  if (message.replyTo !== undefined || data !== undefined) saved.push(message.replyTo);
  if (data !== undefined) saved.push(data);
  return saved;
}

export function factsFrom(saved: SavedFacts): EventFacts {
  if (!Array.isArray(saved)) return saved;
  const [type, client, epoch, seq, messageId, messageType, timestamp, size, replyTo, data] = saved;
  const message: Message = { messageId, type: messageType, timestamp, size };
  if (typeof replyTo === 'string') message.replyTo = replyTo;
  const facts: MessageStored = {
    type,
    client: typeof client === 'string' ? { clientId: client } : client,
    position: { epoch, seq },
    message,
  };
  if (data !== undefined) facts.data = data;
  return facts;
}
