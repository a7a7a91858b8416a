/** Event delivery on AWS: a bus, which handles delivery itself. */
import { type EventDelivery, NO_EVENTS } from '../../ports/event-delivery';
import type { FunctionContext } from './function-context';

export function eventDelivery({ environment: { EVENT_BUS: bus, EVENT_CONTENTS } }: FunctionContext): EventDelivery {
  if (bus === undefined) return NO_EVENTS;
  const contents = EVENT_CONTENTS === 'on';
  return { ...NO_EVENTS, state: () => ({ ...NO_EVENTS.state(), destination: 'eventbridge', contents, bus }) };
}
