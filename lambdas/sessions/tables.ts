/** The two DynamoDB tables as plain data: their keys and the attribute that ends their items. */

export interface TableSchema {
  /** Attributes of type string. */
  partitionKey: string;
  sortKey?: string;
  /** Holds the end of an item, in seconds since 1970. DynamoDB deletes it some time after, so every read has to look. */
  ttlAttribute: string;
}

export type TableName = 'sessions' | 'messages';

export const TABLES: Readonly<Record<TableName, TableSchema>> = {
  sessions: { partitionKey: 'client_id', ttlAttribute: 'expires_at' },
  messages: { partitionKey: 'client_id', sortKey: 'sort_key', ttlAttribute: 'expires_at' },
};
