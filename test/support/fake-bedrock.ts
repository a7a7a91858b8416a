/** Events of Bedrock's ConverseStream, for a fake endpoint. */
import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import type { EndpointRequest } from './fake-endpoint';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

export function converseEvent(type: string, body: object): Uint8Array {
  return codec.encode({
    headers: {
      ':event-type': { type: 'string', value: type },
      ':message-type': { type: 'string', value: 'event' },
      ':content-type': { type: 'string', value: 'application/json' },
    },
    body: fromUtf8(JSON.stringify(body)),
  });
}

export const CONVERSE_END = converseEvent('messageStop', { stopReason: 'end_turn' });

export function converseWith({ response }: EndpointRequest, ...events: Uint8Array[]): void {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  for (const one of events) response.write(one);
  response.end();
}
