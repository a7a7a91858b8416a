/**
 * Clients in DynamoDB: one item a client, and a sparse index of those online. An item outlives its connection, so that its counters
 * survive a reconnect. The index holds nothing that a message changes: counting a message costs one write.
 */

import { randomBytes } from 'node:crypto';
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  ScanCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import {
  type Client,
  type ClientAudience,
  type ClientConnection,
  type ClientStore,
  EVERYBODY,
  NotOwnedError,
  REMEMBERED_NUMBERS,
  type Receipt,
  type Repeat,
  type Segment,
} from '../ports/client-store';
import type { PageRequest } from '../ports/page';
import { intervalOf, ownLimit, type RateLimit, verdictOf, WITHIN_RATE } from '../ports/rate-limit';
import type { Clock } from '../ports/runtime';
import { SESSION_TTL_SECONDS } from '../protocol/limits';
import type { SenderNumber } from '../protocol/marks';
import { newEpoch, type Position } from '../protocol/position';
import {
  conditionally,
  cursorFromKey,
  expiresAt,
  firstPageWithRows,
  isNamed,
  isPartitionKey,
  keyFromCursor,
  secondsNow,
} from './dynamodb-items';
import { createOwnedClients, ownerKeyOf } from './dynamodb-owned';
import { ONLINE_INDEX } from './tables';

/** Segments that a count scans at the same time. */
const COUNT_SEGMENTS = 4;

/** Clients in a page whose labels are counted: DynamoDB ends one at 1 MB. */
const COUNTED_AT_ONCE = 10_000;

/** Items in one BatchGetItem; DynamoDB's limit. */
const BATCH_SIZE = 100;

/** Seconds that an item outlives the newest message of its client's history. */
const GRACE_SECONDS = 86_400;

/**
 * When a message's connection is the client's, or becomes it: it is the current one; or there is none, or an older one, and this one
 * was not disconnected. The last covers a client that a false 410 took offline. Without parentheses, as AND binds closer than OR and NOT
 * closer than both: dynalite takes 20 ms to parse nested ones, for each message.
 */
const MAY_BE_CURRENT = [
  'connection_id = :connection',
  'NOT ended_connection = :connection AND attribute_not_exists(connection_id)',
  'NOT ended_connection = :connection AND connected_at < :connected',
];

const IS_CURRENT = ['connection_id = :connection'];

const ALWAYS = [''];

/** When a sender's number is none that came before. Each number has its slot, by its remainder, so that one update looks and takes it. */
const IS_NEW = ['attribute_not_exists(#sent)', '#sent.sender <> :sender', '#sent.#number < :number'];

/** A condition that holds where one of each list does. */
function oneOfEach(some: readonly string[], others: readonly string[]): string {
  return some.flatMap((one) => others.map((other) => [one, other].filter(Boolean).join(' AND '))).join(' OR ');
}

const IS_THIS = '#sent.sender = :sender AND #sent.#number = :number';

/** Of an update that takes the next position as well. */
const TAKES_SLOT = '#sent = :sent, #place = if_not_exists(out_seq, :zero) + :one';

/** Of a message whose answer takes its position later. */
const TAKES_SLOT_ALONE = '#sent = :sent, #place = :zero';

/**
 * Share of the messages of a client with unused time behind it that write once more, to forget that time. DynamoDB can add, but not take
 * the larger of two numbers: without this, a client that was idle for an hour could send an hour's messages at once. So a message costs 1.06
 * writes at most, and a burst is held to the rate after some 16 messages.
 */
export const FORGET_SHARE = 1 / 16;

/** What every update sets: an epoch for a new client, and the item's own end. */
const LIVES_ON = 'epoch = if_not_exists(epoch, :epoch), expires_at = :expires';

export interface DynamoClientsOptions {
  client: DynamoDBDocumentClient;
  clientsTable: string;
  /** Seconds that a message is kept; a client's counters outlive them. */
  historySeconds: number;
  /** No limit where left out. */
  rateLimit?: RateLimit;
  clock: Clock;
}

interface OnlineItem {
  client_id: string;
  connection_id: string;
  connected_at: string;
  labels?: string[];
  issued_by?: string;
  issued_at?: number;
  /** Seconds since 1970. An end by the platform, which may never tell. */
  session_ends_at: number;
}

interface ClientItem extends OnlineItem {
  last_activity: string;
  message_count: number;
  epoch: string;
  out_seq: number;
  acked_seq?: number;
  /** Milliseconds since 1970: see `ports/rate-limit.ts`. */
  used_up_at?: number;
}

/** `sent_0` to `sent_31`: the last message of a sender whose number has this remainder. `place_0` …: where its answer is. */
interface Taken extends SenderNumber {
  /** Milliseconds since 1970. */
  at: number;
  /** Which call took it. The SDK sends an update again whose answer is lost, and that one finds what the first has written. */
  by: string;
}

/** Unlike that of any other call about the same message; short, because each item has 32 of them. */
function newCallId(): string {
  return randomBytes(3).toString('base64url');
}

export function createDynamoClients(options: DynamoClientsOptions): ClientStore {
  const { client, clientsTable: TableName, historySeconds, rateLimit, clock } = options;
  const index = { TableName, IndexName: ONLINE_INDEX };
  const owned = createOwnedClients({ client, clientsTable: TableName, clock });

  function update(clientId: string, input: Omit<UpdateCommandInput, 'TableName' | 'Key'>) {
    return client.send(new UpdateCommand({ TableName, Key: { client_id: clientId }, ...input }));
  }

  /** The update's attributes; undefined where its condition failed. */
  async function changed(clientId: string, input: Omit<UpdateCommandInput, 'TableName' | 'Key'>) {
    try {
      const { Attributes = {} } = await update(clientId, input);
      return Attributes;
    } catch (error) {
      if (isNamed(error, 'ConditionalCheckFailedException')) return undefined;
      throw error;
    }
  }

  /** The slot of a number, with the attributes of a message that takes it now. */
  function takenSlot({ sender, number }: SenderNumber) {
    const slot = number % REMEMBERED_NUMBERS;
    return {
      names: { '#sent': `sent_${slot}`, '#place': `place_${slot}`, '#number': 'number' },
      values: { ':sent': { sender, number, at: clock.now(), by: newCallId() } satisfies Taken, ':zero': 0, ':one': 1 },
    };
  }

  /** Gives a message that has a slot another position. @param takenAt  where given, when it must have been taken */
  function takeAgain(clientId: string, sent: SenderNumber, slot: ReturnType<typeof takenSlot>, takenAt?: number) {
    const isFirst = takenAt === undefined ? '' : ' AND (#sent.#at = :found OR #sent.#by = :mine)';
    return changed(clientId, {
      UpdateExpression: `SET ${LIVES_ON}, ${TAKES_SLOT} ADD out_seq :one`,
      ConditionExpression: `${IS_THIS}${isFirst}`,
      ExpressionAttributeNames: { ...slot.names, ...(isFirst !== '' && { '#at': 'at', '#by': 'by' }) },
      ExpressionAttributeValues: {
        ...livesOn(),
        ...slot.values,
        ':sender': sent.sender,
        ':number': sent.number,
        ...(isFirst !== '' && { ':found': takenAt, ':mine': slot.values[':sent'].by }),
      },
      ReturnValues: 'UPDATED_NEW',
    });
  }

  /** What a message finds whose number is not new. Undefined where it is. */
  async function found(clientId: string, sent: SenderNumber, { names, values }: ReturnType<typeof takenSlot>) {
    const { Item = {} } = await client.send(
      new GetCommand({ TableName, Key: { client_id: clientId }, ConsistentRead: true }),
    );
    const taken = Item[names['#sent']] as Taken | undefined;
    if (taken?.sender !== sent.sender || taken.number < sent.number) return undefined;
    const place = Item[names['#place']] as number;
    const position = taken.number === sent.number ? { epoch: Item.epoch as string, seq: place } : undefined;
    const repeat: Repeat = { position, takenAt: taken.at };
    if (taken.by !== values[':sent'].by) return { repeat };
    return { own: place === 0 ? Item : { ...Item, out_seq: place } };
  }

  function livesOn() {
    return { ':epoch': newEpoch(clock.now()), ':expires': expiresAt(clock, historySeconds + GRACE_SECONDS) };
  }

  /** The attributes of a client that is online by this connection. */
  function online({ clientId, connectionId, connectedAt, labels, issuedBy, issuedAt }: ClientConnection) {
    const ends = Math.floor(Date.parse(connectedAt) / 1_000) + SESSION_TTL_SECONDS;
    const owner = ownerKeyOf(clientId, labels);
    return {
      set: `online_id = :id, connection_id = :connection, connected_at = :connected, labels = :labels, session_ends_at = :ends${owner === undefined ? '' : ', owner_key = :owner'}${issuedAt === undefined ? '' : ', issued_by = :by, issued_at = :issued'}`,
      values: {
        ':id': clientId,
        ':connection': connectionId,
        ':connected': connectedAt,
        ':labels': labels,
        ':ends': ends,
        ...(owner !== undefined && { ':owner': owner }),
        ...(issuedAt !== undefined && { ':by': issuedBy ?? '', ':issued': issuedAt }),
      },
    };
  }

  /** What a scan of the online clients gives of an audience. */
  function living(audience: ClientAudience) {
    const now = { ':now': secondsNow(clock) };
    if (audience.kind !== 'label') {
      return { FilterExpression: 'session_ends_at > :now', ExpressionAttributeValues: now };
    }
    return {
      FilterExpression: 'session_ends_at > :now AND contains(labels, :label)',
      ExpressionAttributeValues: { ...now, ':label': audience.label },
    };
  }

  function isOnline(item: Partial<OnlineItem> | undefined): item is OnlineItem {
    return item?.connection_id !== undefined && (item.session_ends_at ?? 0) > secondsNow(clock);
  }

  async function receiptOf(
    clientId: string,
    attributes: Record<string, unknown> | undefined,
    limit: RateLimit | undefined,
  ): Promise<Receipt> {
    const position = positionOf(attributes);
    if (!limit) return { position, ...WITHIN_RATE };
    const { used_up_at: usedUpAt = 0 } = attributes as unknown as ClientItem;
    const now = clock.now();
    if (usedUpAt < now && Math.random() < FORGET_SHARE) await forgetUnusedTime(clientId, usedUpAt, now);
    return { position, ...verdictOf(usedUpAt, now, limit) };
  }

  async function forgetUnusedTime(clientId: string, usedUpAt: number, now: number): Promise<void> {
    await conditionally(
      update(clientId, {
        UpdateExpression: 'SET used_up_at = :now',
        ConditionExpression: 'used_up_at = :found',
        ExpressionAttributeValues: { ':now': now, ':found': usedUpAt },
      }),
    );
  }

  async function countSegment(segment: Segment, audience: ClientAudience): Promise<number> {
    let count = 0;
    let from: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({
          ...index,
          ...living(audience),
          ...shareOf(segment),
          Select: 'COUNT',
          ExclusiveStartKey: from,
        }),
      );
      count += page.Count ?? 0;
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return count;
  }

  async function getBatch(clientIds: readonly string[]): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let asked: Record<string, unknown>[] = clientIds.map((id) => ({ client_id: id }));
    for (let tries = 0; asked.length > 0; tries++) {
      if (tries > 0) await clock.sleep(50 * 2 ** Math.min(tries, 5) * (0.5 + Math.random() / 2));
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetCommand({ RequestItems: { [TableName]: { Keys: asked } } }),
      );
      items.push(...(Responses?.[TableName] ?? []));
      asked = UnprocessedKeys?.[TableName]?.Keys ?? [];
    }
    return items;
  }

  async function list(audience: ClientAudience, { limit, cursor }: PageRequest, segment?: Segment) {
    if (audience.kind === 'owner') {
      const page = await owned.list(audience.label, limit, cursor, segment);
      const rows = page.items.map((item) => connectionFromItem(item as unknown as OnlineItem));
      return { rows, ...(page.cursor !== undefined && { cursor: page.cursor }) };
    }
    const key = cursor === undefined ? undefined : keyFromCursor(cursor);
    const start = key === undefined ? undefined : { client_id: key, online_id: key };
    const { items, last } = await firstPageWithRows<Record<string, unknown>>(start, (from) =>
      client.send(
        new ScanCommand({
          ...index,
          ...living(audience),
          ...shareOf(segment),
          Limit: limit,
          ExclusiveStartKey: from,
        }),
      ),
    );
    const rows = items.map((item) => connectionFromItem(item as unknown as OnlineItem));
    return { rows, ...(last && { cursor: cursorFromKey(String(last.client_id)) }) };
  }

  return {
    async connect(connection) {
      const { set, values } = online(connection);
      const alive = livesOn();
      const { owner } = connection;
      const bound = owner !== undefined && {
        ConditionExpression: 'attribute_not_exists(client_id) OR labels[0] = :mine OR expires_at <= :nowSeconds',
      };
      const { Attributes } = await update(connection.clientId, {
        ...bound,
        UpdateExpression: `SET ${set}, ${LIVES_ON}, last_activity = :connected, message_count = :zero, used_up_at = if_not_exists(used_up_at, :now)${connection.labels.length > 0 ? '' : ' REMOVE owner_key'} ADD out_seq :zero`,
        ExpressionAttributeValues: {
          ...{ ...values, ...alive, ':zero': 0, ':now': clock.now() },
          ...(bound && { ':mine': owner, ':nowSeconds': secondsNow(clock) }),
        },
        ReturnValues: 'UPDATED_OLD',
      }).catch((error) => {
        throw isNamed(error, 'ConditionalCheckFailedException') ? new NotOwnedError('not the owner') : error;
      });
      const before = Attributes as Partial<ClientItem> | undefined;
      const position = { epoch: before?.epoch ?? alive[':epoch'], seq: before?.out_seq ?? 0 };
      // The SDK retries after a lost answer, so the connection found may be this one.
      if (!isOnline(before) || before.connection_id === connection.connectionId) return { position };
      return { position, replaced: { connectionId: before.connection_id, connectedAt: before.connected_at } };
    },

    async disconnect(clientId, connectionId) {
      try {
        const { Attributes } = await update(clientId, {
          UpdateExpression:
            'REMOVE online_id, owner_key, connection_id, session_ends_at SET ended_connection = :connection',
          ConditionExpression:
            'connection_id = :connection OR attribute_exists(client_id) AND attribute_not_exists(connection_id)',
          ExpressionAttributeValues: { ':connection': connectionId },
          ReturnValues: 'UPDATED_OLD',
        });
        return isOnline(Attributes as Partial<OnlineItem> | undefined);
      } catch (error) {
        if (isNamed(error, 'ConditionalCheckFailedException')) return false;
        throw error;
      }
    },

    async markGone(clientId, connectionId) {
      return conditionally(
        update(clientId, {
          UpdateExpression: 'REMOVE online_id, owner_key, connection_id, session_ends_at',
          ConditionExpression: 'connection_id = :connection',
          ExpressionAttributeValues: { ':connection': connectionId },
        }),
      );
    },

    async receive(connection, at, kind, { sent, acked } = {}) {
      const { clientId, messageRate } = connection;
      const limit = messageRate === undefined ? rateLimit : ownLimit(messageRate, rateLimit);
      const becomesOnline = online(connection);
      const numbers = {
        ...livesOn(),
        ':counted': kind === 'invalid' ? 0 : 1,
        ':taken': kind === 'durable' ? 1 : 0,
        ...(limit && { ':interval': intervalOf(limit) }),
        ...(acked !== undefined && { ':acked': acked }),
      };
      const always = `${LIVES_ON}${acked === undefined ? '' : ', acked_seq = :acked'}`;
      const counted = `ADD message_count :counted, out_seq :taken${limit ? ', used_up_at :interval' : ''}`;
      const slot = sent && takenSlot(sent);
      const isDeferred = kind === 'deferred';

      /** Counts the message, where the condition holds and its number is new. */
      async function count(conditions: readonly string[]): Promise<Receipt | undefined> {
        const condition = oneOfEach(conditions, slot ? IS_NEW : ALWAYS);
        return countIf(condition, conditions !== ALWAYS, {
          UpdateExpression: slot ? `, ${isDeferred ? TAKES_SLOT_ALONE : TAKES_SLOT}` : '',
          ...(slot && { ExpressionAttributeNames: slot.names }),
          ExpressionAttributeValues: {
            ...(slot && { ':sent': slot.values[':sent'], ':zero': 0, ...(!isDeferred && { ':one': 1 }) }),
            ...(slot && { ':sender': sent?.sender, ':number': sent?.number }),
          },
        });
      }

      /** Counts a message that came before, which takes nothing; or finds that this call has counted it. */
      async function countFound(): Promise<Receipt | undefined> {
        const there = sent && slot && (await found(clientId, sent, slot));
        if (!there) return undefined;
        if (there.own) return receiptOf(clientId, there.own, limit);
        const takesNothing = { UpdateExpression: '', ExpressionAttributeValues: { ':taken': 0 } };
        const receipt =
          (await countIf(MAY_BE_CURRENT.join(' OR '), true, takesNothing)) ?? (await countIf('', false, takesNothing));
        return { ...(receipt as Receipt), repeat: there.repeat };
      }

      /** @param isCurrent  where the condition makes the connection the client's */
      async function countIf(
        condition: string,
        isCurrent: boolean,
        more: Pick<UpdateCommandInput, 'UpdateExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>,
      ) {
        const attributes = await changed(clientId, {
          ...more,
          UpdateExpression: `SET ${isCurrent ? `${becomesOnline.set}, last_activity = :at, ` : ''}${always}${more.UpdateExpression} ${counted}`,
          ...(condition !== '' && { ConditionExpression: condition }),
          ExpressionAttributeValues: {
            ...numbers,
            ...(isCurrent && { ...becomesOnline.values, ':at': at }),
            ...more.ExpressionAttributeValues,
          },
          ReturnValues: 'UPDATED_NEW',
        });
        return attributes && receiptOf(clientId, attributes, limit);
      }

      const receipt = (await count(slot ? IS_CURRENT : MAY_BE_CURRENT)) ?? (await countFound());
      if (receipt) return receipt;
      // Replaced or disconnected while this message was on its way: it counts, and changes nothing else.
      const late = (slot && (await count(MAY_BE_CURRENT))) ?? (await count(ALWAYS));
      const repeated = late ?? (await countFound()); // another copy came in between
      if (repeated) return repeated;
      throw new Error('a message could not be counted');
    },

    async takePosition(clientId, sent) {
      const attributes =
        (sent && (await takeAgain(clientId, sent, takenSlot(sent)))) ??
        (
          await update(clientId, {
            UpdateExpression: `SET ${LIVES_ON} ADD out_seq :one`,
            ExpressionAttributeValues: { ...livesOn(), ':one': 1 },
            ReturnValues: 'UPDATED_NEW',
          })
        ).Attributes;
      return positionOf(attributes);
    },

    async takeOver(clientId, sent, takenAt) {
      const attributes = await takeAgain(clientId, sent, takenSlot(sent), takenAt);
      return attributes && positionOf(attributes);
    },

    async forgetNumber(clientId, sent) {
      const { names } = takenSlot(sent);
      await changed(clientId, {
        UpdateExpression: 'REMOVE #sent, #place',
        ConditionExpression: IS_THIS,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':sender': sent.sender, ':number': sent.number },
      });
    },

    async startPush(clientId, mayBeAway = false) {
      if (!isPartitionKey(clientId)) return undefined;
      const attributes = await changed(clientId, {
        UpdateExpression: `SET ${LIVES_ON} ADD out_seq :one`,
        ConditionExpression: mayBeAway
          ? 'expires_at > :now'
          : 'attribute_exists(connection_id) AND session_ends_at > :now',
        ExpressionAttributeValues: {
          ...livesOn(),
          ':one': 1,
          ':now': secondsNow(clock),
        },
        ReturnValues: 'ALL_NEW',
      });
      if (!attributes) return undefined;
      const item = attributes as unknown as ClientItem;
      return { connection: isOnline(item) ? connectionFromItem(item) : undefined, position: positionOf(attributes) };
    },

    async get(clientId) {
      if (!isPartitionKey(clientId)) return undefined;
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: { client_id: clientId }, ConsistentRead: true }),
      );
      return isOnline(Item) ? clientFromItem(Item as ClientItem) : undefined;
    },

    async labelsOf(clientId) {
      if (!isPartitionKey(clientId)) return undefined;
      const Key = { client_id: clientId };
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item && Item.expires_at > secondsNow(clock) ? (Item.labels ?? []) : undefined;
    },

    async getMany(clientIds) {
      const batches: Promise<Record<string, unknown>[]>[] = [];
      for (let from = 0; from < clientIds.length; from += BATCH_SIZE) {
        batches.push(getBatch(clientIds.slice(from, from + BATCH_SIZE)));
      }
      const items = (await Promise.all(batches)).flat().filter(isOnline) as unknown as ClientItem[];
      const byId = new Map(items.map((item) => [item.client_id, clientFromItem(item)]));
      return clientIds.flatMap((id) => byId.get(id) ?? []);
    },

    list,

    async count(audience = EVERYBODY) {
      if (audience.kind === 'owner') return owned.count(audience.label);
      const segments = Array.from({ length: COUNT_SEGMENTS }, (_, number) => ({
        index: number,
        total: COUNT_SEGMENTS,
      }));
      const counts = await Promise.all(segments.map((segment) => countSegment(segment, audience)));
      return counts.reduce((sum, count) => sum + count, 0);
    },

    async countLabels(audience = EVERYBODY) {
      const counts = new Map<string, number>();
      let cursor: string | undefined;
      do {
        const page = await list(audience, { limit: COUNTED_AT_ONCE, cursor });
        for (const one of page.rows.flatMap(({ labels }) => labels)) counts.set(one, (counts.get(one) ?? 0) + 1);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return counts;
    },
  };
}

function shareOf(segment: Segment | undefined) {
  return segment && { Segment: segment.index, TotalSegments: segment.total };
}

function positionOf(attributes: object | undefined): Position {
  const { epoch, out_seq } = attributes as ClientItem;
  return { epoch, seq: out_seq };
}

function connectionFromItem({ client_id, connection_id, connected_at, labels = [] }: OnlineItem): ClientConnection {
  return { clientId: client_id, connectionId: connection_id, connectedAt: connected_at, labels };
}

function clientFromItem(item: ClientItem): Client {
  const { last_activity: lastActivity, message_count: messageCount, acked_seq: ackedSeq = 0 } = item;
  const { issued_by: issuedBy, issued_at: issuedAt } = item;
  return {
    ...connectionFromItem(item),
    ...(issuedAt !== undefined && { issuedBy, issuedAt }),
    ...{ lastActivity, messageCount, position: positionOf(item), ackedSeq },
  };
}
