/** Your own message types, besides the protocol's. `ports/message-type.ts` has an example. */
import type { MessageTypes } from '../ports/message-type';

export const messageTypes = {} satisfies MessageTypes;
