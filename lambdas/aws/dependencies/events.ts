/** The tables' streams, and the bus that their events go to. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { EventBus, EventFeed } from '../../events/publish';
import { EVENT_TYPES, type EventType } from '../../protocol/event-types';
import { createDynamoEventFeed } from '../dynamodb-event-feed';
import { variable } from '../environment';
import { createEventBridgeBus } from '../eventbridge-bus';
import { requestHandler, SAFE_TO_RETRY } from '../sdk-clients';
import { broadcasts, clients } from './dynamodb';
import type { FunctionContext } from './function-context';

export function eventFeed(context: FunctionContext): EventFeed {
  const { EVENTS = '', EVENT_CONTENTS, STACK_NAME = '' } = context.environment;
  const wanted = EVENTS.split(',');
  return createDynamoEventFeed({
    clients: clients(context),
    broadcasts: broadcasts(context),
    types: new Set<EventType>(EVENT_TYPES.filter((type) => wanted.includes(type))),
    contents: EVENT_CONTENTS === 'on',
    source: `/switchboard/${STACK_NAME}`,
  });
}

export function eventBus({ environment, eventBridge = {} }: FunctionContext): EventBus {
  const client = new EventBridgeClient({ ...SAFE_TO_RETRY, requestHandler: requestHandler(), ...eventBridge });
  return createEventBridgeBus(client, variable(environment, 'EVENT_BUS'));
}
