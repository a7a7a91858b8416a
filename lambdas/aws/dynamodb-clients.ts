/**
 * Clients in DynamoDB: one item per client, and a sparse index of those online. An item outlives its connection, so that counters survive
 * a reconnect. The index has no attribute that a message changes: counting a message costs one write.
 */

import { randomBytes } from 'node:crypto';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import {
  type ClientConnection,
  type ClientStore,
  NotOwnedError,
  REMEMBERED_NUMBERS,
  type Receipt,
  type Repeat,
} from '../ports/client-store';
import { intervalOf, ownLimit, type RateLimit, verdictOf, WITHIN_RATE } from '../ports/rate-limit';
import type { Clock } from '../ports/runtime';
import { SESSION_TTL_SECONDS } from '../protocol/limits';
import type { SenderNumber } from '../protocol/marks';
import { newEpoch } from '../protocol/position';
import {
  type ClientItem,
  clientFromItem,
  connectionFromItem,
  isOnline,
  type OnlineItem,
  positionOf,
} from './dynamodb-client-items';
import { createClientLists } from './dynamodb-client-lists';
import { conditionally, expiresAt, isNamed, isPartitionKey, secondsNow } from './dynamodb-items';
import { ownerKeyOf } from './dynamodb-owned';

/** Seconds that an item outlives the newest message in its client's history. */
const GRACE_SECONDS = 86_400;

/**
 * True if a message's connection is the client's current one, or becomes it: there is none, or an older one, and this one was not
 * disconnected. The last case covers a client that a false 410 took offline. No parentheses, because dynalite takes 20 ms to parse nested
 * ones for each message. They are not needed: NOT binds tighter than AND, and AND tighter than OR.
 */
const MAY_BE_CURRENT = [
  'connection_id = :connection',
  'NOT ended_connection = :connection AND attribute_not_exists(connection_id)',
  'NOT ended_connection = :connection AND connected_at < :connected',
];

const IS_CURRENT = ['connection_id = :connection'];

const ALWAYS = [''];

/** True if a sender's number is new. Each number maps to a slot by its remainder, so that one update checks and takes the slot. */
const IS_NEW = ['attribute_not_exists(#sent)', '#sent.sender <> :sender', '#sent.#number < :number'];

/** Conditions of which one is true if one in each list is. */
function oneOfEach(some: readonly string[], others: readonly string[]): string[] {
  return some.flatMap((one) => others.map((other) => [one, other].filter(Boolean).join(' AND ')));
}

/** True for nearly every acknowledgement, which therefore costs no write of its own. */
const ACK_ADVANCES = ['NOT acked_seq > :acked AND out_seq >= :acked'];

/** What of an acknowledgement counts, given the client's item. */
function ackFor({ out_seq: last, acked_seq: before = 0 }: Partial<ClientItem>, acked = 0): number | undefined {
  const reached = Math.min(acked, last ?? 0);
  return reached > before ? reached : undefined;
}

const IS_THIS = '#sent.sender = :sender AND #sent.#number = :number';

/** For an update that also takes the next position. */
const TAKES_SLOT = '#sent = :sent, #place = if_not_exists(out_seq, :zero) + :one';

/** For a message whose answer takes its position later. */
const TAKES_SLOT_ALONE = '#sent = :sent, #place = :zero';

/**
 * Share of messages that do a second write to drop the client's unused time. DynamoDB can add, but not set an attribute to the larger of
 * two numbers: without this, a client that was idle for an hour could send an hour's worth of messages at once. So a message costs at
 * most 1.06 writes, and a burst is limited to the rate after about 16 messages.
 */
export const FORGET_SHARE = 1 / 16;

/** Set by every update: an epoch for a new client, and the item's expiry. */
const LIVES_ON = 'epoch = if_not_exists(epoch, :epoch), expires_at = :expires';

export interface DynamoClientsOptions {
  client: DynamoDBDocumentClient;
  clientsTable: string;
  /** How long a message is kept, in seconds; a client's counters outlive its messages. */
  historySeconds: number;
  /** No limit if omitted. */
  rateLimit?: RateLimit;
  clock: Clock;
}

/** `sent_0` to `sent_31`: the last message of a sender whose number has this remainder. `place_0` and so on: the `seq` of its answer. */
interface Taken extends SenderNumber {
  /** Milliseconds since 1970. */
  at: number;
  /** The call that took the slot. If the SDK retries an update after losing the response, the retry finds its own write. */
  by: string;
}

/** Unique among the calls for one message; short, because each item has 32 of them. */
function newCallId(): string {
  return randomBytes(3).toString('base64url');
}

export function createDynamoClients(options: DynamoClientsOptions): ClientStore {
  const { client, clientsTable: TableName, historySeconds, rateLimit, clock } = options;

  function update(clientId: string, input: Omit<UpdateCommandInput, 'TableName' | 'Key'>) {
    return client.send(new UpdateCommand({ TableName, Key: { client_id: clientId }, ...input }));
  }

  /** The updated attributes; undefined if the condition failed. */
  async function changed(clientId: string, input: Omit<UpdateCommandInput, 'TableName' | 'Key'>) {
    try {
      const { Attributes = {} } = await update(clientId, input);
      return Attributes;
    } catch (error) {
      if (isNamed(error, 'ConditionalCheckFailedException')) return undefined;
      throw error;
    }
  }

  /** The slot of a number, with the attribute values of a message that takes it now. */
  function takenSlot({ sender, number }: SenderNumber) {
    const slot = number % REMEMBERED_NUMBERS;
    return {
      names: { '#sent': `sent_${slot}`, '#place': `place_${slot}`, '#number': 'number' },
      values: { ':sent': { sender, number, at: clock.now(), by: newCallId() } satisfies Taken, ':zero': 0, ':one': 1 },
    };
  }

  /** Gives a message that has a slot another position. @param takenAt  if given, the slot must have been taken at this time */
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

  async function itemOf(clientId: string): Promise<Record<string, unknown>> {
    const { Item = {} } = await client.send(
      new GetCommand({ TableName, Key: { client_id: clientId }, ConsistentRead: true }),
    );
    return Item;
  }

  /** The slot of a number that is not new. Undefined if the number is new after all. */
  function found(
    Item: Record<string, unknown>,
    sent: SenderNumber,
    { names, values }: ReturnType<typeof takenSlot>,
  ): { repeat: Repeat; own?: undefined } | { repeat?: undefined; own: Record<string, unknown> } | undefined {
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

  /** Attributes of a client that is online on this connection. */
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
      // The SDK retries after a lost response, so the connection found may be this one.
      if (!isOnline(before, clock) || before.connection_id === connection.connectionId) return { position };
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
        return isOnline(Attributes as Partial<OnlineItem> | undefined, clock);
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
      };
      let ack = acked;
      const counted = `ADD message_count :counted, out_seq :taken${limit ? ', used_up_at :interval' : ''}`;
      const slot = sent && takenSlot(sent);
      const isDeferred = kind === 'deferred';

      /** Counts the message if a condition holds and its number is new. */
      async function count(conditions: readonly string[]): Promise<Receipt | undefined> {
        return countIf(conditions, ack, slot ? IS_NEW : ALWAYS, {
          UpdateExpression: slot ? `, ${isDeferred ? TAKES_SLOT_ALONE : TAKES_SLOT}` : '',
          ...(slot && { ExpressionAttributeNames: slot.names }),
          ExpressionAttributeValues: {
            ...(slot && { ':sent': slot.values[':sent'], ':zero': 0, ...(!isDeferred && { ':one': 1 }) }),
            ...(slot && { ':sender': sent?.sender, ':number': sent?.number }),
          },
        });
      }

      /**
       * Finds out why a message was not counted, and counts a repeat, which takes no position. If this call itself wrote the number, the
       * message is already counted.
       */
      async function countFound(): Promise<Receipt | undefined> {
        const item = await itemOf(clientId);
        ack = ackFor(item, acked);
        const there = sent && slot && found(item, sent, slot);
        if (!there) return undefined;
        if (there.own) return receiptOf(clientId, there.own, limit);
        const takesNothing = { UpdateExpression: '', ExpressionAttributeValues: { ':taken': 0 } };
        const receipt =
          (await countIf(MAY_BE_CURRENT, ack, ALWAYS, takesNothing)) ??
          (await countIf(ALWAYS, ack, ALWAYS, takesNothing)) ??
          (await countIf(ALWAYS, undefined, ALWAYS, takesNothing));
        return { ...(receipt as Receipt), repeat: there.repeat };
      }

      /**
       * @param conditions  other than `ALWAYS` if they make this connection the client's current one
       */
      async function countIf(
        conditions: readonly string[],
        withAck: number | undefined,
        others: readonly string[],
        more: Pick<UpdateCommandInput, 'UpdateExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>,
      ) {
        const isCurrent = conditions !== ALWAYS;
        const condition = oneOfEach(oneOfEach(conditions, others), withAck === undefined ? ALWAYS : ACK_ADVANCES).join(
          ' OR ',
        );
        const attributes = await changed(clientId, {
          ...more,
          UpdateExpression: `SET ${isCurrent ? `${becomesOnline.set}, last_activity = :at, ` : ''}${LIVES_ON}${withAck === undefined ? '' : ', acked_seq = :acked'}${more.UpdateExpression} ${counted}`,
          ...(condition !== '' && { ConditionExpression: condition }),
          ExpressionAttributeValues: {
            ...numbers,
            ...(withAck !== undefined && { ':acked': withAck }),
            ...(isCurrent && { ...becomesOnline.values, ':at': at }),
            ...more.ExpressionAttributeValues,
          },
          ReturnValues: 'UPDATED_NEW',
        });
        return attributes && receiptOf(clientId, attributes, limit);
      }

      const receipt = await count(slot ? IS_CURRENT : MAY_BE_CURRENT);
      if (receipt) return receipt;
      if (!slot && acked === undefined) return (await count(ALWAYS)) as Receipt;
      const again = (await countFound()) ?? (await count(MAY_BE_CURRENT));
      if (again) return again;
      // The connection was replaced or disconnected while this message was in flight: count it and change nothing else.
      const late = (await count(ALWAYS)) ?? (await countFound()) ?? (await count(ALWAYS)); // another message came in between, or another copy of this one
      if (late) return late;
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
      return {
        connection: isOnline(item, clock) ? connectionFromItem(item) : undefined,
        position: positionOf(attributes),
      };
    },

    async get(clientId) {
      if (!isPartitionKey(clientId)) return undefined;
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: { client_id: clientId }, ConsistentRead: true }),
      );
      return isOnline(Item, clock) ? clientFromItem(Item as ClientItem) : undefined;
    },

    async labelsOf(clientId) {
      if (!isPartitionKey(clientId)) return undefined;
      const Key = { client_id: clientId };
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item && Item.expires_at > secondsNow(clock) ? (Item.labels ?? []) : undefined;
    },

    ...createClientLists({ client, clientsTable: TableName, clock }),
  };
}
