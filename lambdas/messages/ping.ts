/** Keeps a connection alive, and tells the server's time. */
import { ping as schema } from '../protocol/client-messages';
import { pong } from '../protocol/server-messages';
import { isoTime } from '../runtime';
import { defineMessageType } from './message-type';

export const ping = defineMessageType({
  schema,
  keptInHistory: false,
  handle: (_message, { clock }) => pong(isoTime(clock.now())),
});
