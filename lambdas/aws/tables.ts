/** The two DynamoDB tables as plain data: keys, index, and the attribute that ends their items. */

export interface IndexSchema {
  name: string;
  /** Of type string. An item without it is not in the index. */
  partitionKey: string;
  /** Copied into the index, beside the table's key. A write that changes none of them costs the index nothing. */
  projects: readonly string[];
}

export interface TableSchema {
  /** Of type string, like the sort key. */
  partitionKey: string;
  sortKey?: string;
  indexes?: readonly IndexSchema[];
  /** End of an item, in seconds since 1970. DynamoDB deletes it up to 48 hours later, so every read has to check. */
  ttlAttribute: string;
}

export type TableName = 'clients' | 'messages';

/** What lists and broadcasts need of a client that is online. */
const OF_ONE_ONLINE = ['connection_id', 'connected_at', 'labels', 'session_ends_at'];

export const TABLES: Readonly<Record<TableName, TableSchema>> = {
  clients: {
    partitionKey: 'client_id',
    // `online` is a reserved word, so the key has another name.
    indexes: [
      { name: 'online', partitionKey: 'online_id', projects: OF_ONE_ONLINE },
      { name: 'owned', partitionKey: 'owner_key', projects: OF_ONE_ONLINE },
    ],
    ttlAttribute: 'expires_at',
  },
  messages: {
    partitionKey: 'client_id',
    sortKey: 'sort_key',
    indexes: [{ name: 'groups', partitionKey: 'group_shard', projects: ['joined_at'] }],
    ttlAttribute: 'expires_at',
  },
};

/** The index of clients that are online. */
export const ONLINE_INDEX = 'online';

/** The index of clients that are online and have labels, by the first of these. */
export const OWNED_INDEX = 'owned';

/** The index of the members of groups. */
export const GROUPS_INDEX = 'groups';
