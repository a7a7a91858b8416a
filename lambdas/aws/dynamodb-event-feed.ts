/** Converts stream records of the tables into events. `lib/events.ts` filters the streams: most changes to a client never arrive here. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import {
  broadcastCompleted,
  callCompleted,
  clientOf,
  type EventClient,
  type EventFacts,
  messageStored,
  timeOf,
} from '../events/event-facts';
import type { EventFeed, Happened } from '../events/publish';
import type { BroadcastStore } from '../ports/broadcast-store';
import type { ClientStore } from '../ports/client-store';
import { isoTime } from '../ports/runtime';
import type { EventType } from '../protocol/event-types';
import { stringifyJson } from '../protocol/json';
import type { Position } from '../protocol/position';
import { placedItem } from './dynamodb-history-items';

export interface EventFeedOptions {
  clients: Pick<ClientStore, 'getMany' | 'labelsOf'>;
  broadcasts: Pick<BroadcastStore, 'get'>;
  types: ReadonlySet<EventType>;
  /** Whether events include message contents. */
  contents: boolean;
  source: string;
}

type Image = Record<string, unknown>;

export function createDynamoEventFeed({ clients, broadcasts, types, contents, source }: EventFeedOptions): EventFeed {
  /** Labels of the clients, and groups of those that are online. */
  async function labelsOf(records: readonly DynamoDBRecord[]): Promise<Map<string, EventClient>> {
    const ids = new Set(
      records.map(imagesOf).flatMap(({ item }) => (isOfHistory(item) ? [String(item.client_id)] : [])),
    );
    const found = ids.size === 0 ? [] : await clients.getMany([...ids]);
    const known = new Map(found.map((client) => [client.clientId, clientOf(client)]));
    const away = [...ids].filter((clientId) => !known.has(clientId));
    await Promise.all(
      away.map(async (clientId) => {
        known.set(clientId, clientOf({ clientId, labels: (await clients.labelsOf(clientId)) ?? [] }));
      }),
    );
    return known;
  }

  function dataOf(data: unknown): string | undefined {
    return contents && data !== undefined ? stringifyJson(data) : undefined;
  }

  async function broadcastFacts(broadcastId: string): Promise<EventFacts[]> {
    const state = await broadcasts.get(broadcastId);
    return state?.progress.every((one) => one?.finished) ? [broadcastCompleted(state)] : [];
  }

  function historyFacts(record: DynamoDBRecord, item: Image, client: EventClient): (EventFacts | undefined)[] {
    const { position, records, call } = placedItem(client.clientId, item);
    if (record.eventName === 'INSERT') {
      return records.map(({ data, ...message }) => messageStored(client, position, message, dataOf(data)));
    }
    const response = records.find(({ direction }) => direction === 'in');
    const at = response?.timestamp ?? timeOfRecord(record);
    return call ? [callCompleted(client, position, call, at, dataOf(response?.data))] : [];
  }

  async function factsOf(record: DynamoDBRecord, known: ReadonlyMap<string, EventClient>): Promise<Happened[]> {
    const { item, before } = imagesOf(record);
    if ('sort_key' in item) {
      const [kind, id = ''] = String(item.client_id).split(/#(.*)/s);
      if (kind === 'broadcast' && !isOfHistory(item)) return placed(await broadcastFacts(id), NOWHERE);
      if (!isOfHistory(item)) return [];
      const clientId = String(item.client_id);
      const facts = historyFacts(record, item, known.get(clientId) ?? { clientId });
      return placed(facts, placedItem(clientId, item).position);
    }
    return placed(presenceFacts(record, item, before), { epoch: String(item.epoch), seq: Number(item.out_seq ?? 0) });
  }

  function placed(facts: readonly (EventFacts | undefined)[], position: Position): Happened[] {
    return facts.flatMap((one) =>
      one && types.has(one.type) ? [{ facts: one, sequence: sequenceOf(one, position) }] : [],
    );
  }

  return {
    source,
    async read(records) {
      const known = await labelsOf(records);
      return Promise.all(records.map((record) => factsOf(record, known)));
    },
  };
}

const NOWHERE: Position = { epoch: '', seq: 0 };

function isOfHistory({ sort_key: key }: Image): boolean {
  return typeof key === 'string' && key.startsWith('seq#');
}

function imagesOf({ dynamodb: { NewImage, OldImage, Keys } = {} }: DynamoDBRecord): { item: Image; before: Image } {
  const image = (found: unknown) => (found ? unmarshall(found as Record<string, AttributeValue>) : {});
  return { item: NewImage ? image(NewImage) : image(Keys), before: image(OldImage) };
}

/** DynamoDB gives it in seconds. */
function timeOfRecord({ dynamodb }: DynamoDBRecord): string {
  return isoTime(Math.round((dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000));
}

function presenceFacts(record: DynamoDBRecord, item: Image, before: Image): EventFacts[] {
  const { connection_id: now } = item;
  const { connection_id: then } = before;
  if (now === then) return [];
  if (typeof now === 'string') {
    const replaced = typeof then === 'string' && { replaced: true };
    return [{ type: 'client.connected', ...connectionOf(item), at: String(item.last_activity), ...replaced }];
  }
  // The stream's time has a resolution of seconds: keep it after the client's last message.
  const at = isoTime(Math.max(Date.parse(timeOfRecord(record)), Date.parse(String(before.last_activity)) + 1));
  return [{ type: 'client.disconnected', ...connectionOf(before), at }];
}

function connectionOf({ client_id, connection_id, connected_at, labels }: Image) {
  const of = { clientId: String(client_id), labels: (labels ?? []) as string[] };
  return { client: clientOf(of), connectionId: String(connection_id), connectedAt: String(connected_at) };
}

/** Order of events within one position. Connects and disconnects come after the last message, ordered by time. */
const RANKS: Readonly<Record<EventType, number>> = {
  'message.received': 1,
  'message.delivered': 2,
  'call.completed': 3,
  'client.connected': 4,
  'client.disconnected': 4,
  'broadcast.completed': 0,
};

function sequenceOf(facts: EventFacts, { epoch, seq }: Position): string {
  const time = Date.parse(timeOf(facts));
  return [epoch, String(seq).padStart(12, '0'), RANKS[facts.type], time].filter((part) => part !== '').join('-');
}
