/** An EventBridge bus. The detail of each entry is the whole CloudEvent. */
import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { type CloudEvent, textOfEvent } from '../events/cloud-event';
import type { EventBus } from '../events/publish';

/** Rules match this and the type. */
export const EVENT_SOURCE = 'switchboard';

/** EventBridge's limits per call: entries, and total bytes. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1_024;

/** Bytes of an entry besides its detail: source, type, time. */
const BESIDE = 200;

export function createEventBridgeBus(client: EventBridgeClient, bus: string): EventBus {
  function entryOf(event: CloudEvent): PutEventsRequestEntry {
    return {
      EventBusName: bus,
      Source: EVENT_SOURCE,
      DetailType: event.type,
      Time: new Date(event.time),
      Detail: detailOf(event),
    };
  }

  return {
    async publish(events) {
      let published = 0;
      for (const batch of batchesOf(events.map(entryOf))) {
        const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: batch }));
        const failed = Entries.findIndex(({ ErrorCode }) => ErrorCode !== undefined);
        if (failed !== -1) return published + failed;
        published += batch.length;
      }
      return published;
    },
  };
}

/** Omits the message contents of an event that is too large for the bus. */
function detailOf(event: CloudEvent): string {
  const text = textOfEvent(event);
  if (Buffer.byteLength(text) + BESIDE <= MAX_BYTES) return text;
  const { data: _, ...data } = event.data;
  return textOfEvent({ ...event, data: { ...data, data_left_out: true } });
}

function batchesOf(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const batches: PutEventsRequestEntry[][] = [];
  let bytes = MAX_BYTES;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.Detail ?? '') + BESIDE;
    const last = batches.at(-1);
    if (!last || last.length === MAX_ENTRIES || bytes + size > MAX_BYTES) {
      batches.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return batches;
}
