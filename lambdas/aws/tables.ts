/** The two DynamoDB tables as plain data: keys, indexes, and TTL attribute. */

export interface IndexSchema {
  name: string;
  /** A string attribute. Items without it are not in the index. */
  partitionKey: string;
  /** Attributes in the index besides the table's key. A write that changes none of them costs the index nothing. */
  projects: readonly string[];
}

export interface TableSchema {
  /** A string attribute, like the sort key. */
  partitionKey: string;
  sortKey?: string;
  indexes?: readonly IndexSchema[];
  /** Expiry of an item, in seconds since 1970. DynamoDB deletes it up to 48 hours later, so every read has to check. */
  ttlAttribute: string;
}

export type TableName = 'clients' | 'messages';

/** What lists and broadcasts need to know about an online client. */
const OF_ONE_ONLINE = ['connection_id', 'connected_at', 'labels', 'session_ends_at'];

export const TABLES: Readonly<Record<TableName, TableSchema>> = {
  clients: {
    partitionKey: 'client_id',
    // `online` is a reserved word, so the attribute has another name.
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

/** Index of online clients. */
export const ONLINE_INDEX = 'online';

/** Index of online clients with labels, by their first label. */
export const OWNED_INDEX = 'owned';

/** Index of group members. */
export const GROUPS_INDEX = 'groups';
