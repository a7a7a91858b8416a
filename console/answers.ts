/** Types of the HTTP API's answers, without their schemas. */
import type * as z from 'zod';
import type { eventDeliveryState, failedEvents } from '../lambdas/protocol/event-schemas';
import type { broadcastState, callState, client, historyMessage } from '../lambdas/protocol/http-schemas';

export type Client = z.output<typeof client> & { groups?: readonly string[] };
export type Tool = NonNullable<Client['tools']>[number];
export type Message = z.output<typeof historyMessage>;
export type CallState = z.output<typeof callState>;
export type BroadcastState = z.output<typeof broadcastState>;
export type EventDelivery = z.output<typeof eventDeliveryState>;
export type FailedEvent = z.output<typeof failedEvents>['events'][number];
