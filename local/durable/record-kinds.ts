/**
 * The kinds of records in a data folder. A record's key begins with the letter of its kind, so each kind needs its own letter (`test/unit/local/durable/record-kinds.test.ts`).
 */
export const KIND = {
  answer: 'a',
  broadcast: 'b',
  client: 'c',
  broadcastsDropped: 'd',
  membership: 'g',
  historyItem: 'h',
  task: 'j',
  call: 'k',
  loggedBroadcast: 'l',
  historyLost: 'm',
  senderNumber: 'n',
  broadcastProgress: 'p',
  namedRecord: 'r',
  sharedText: 't',
  clientTools: 'u',
  eventBatch: 'v',
  eventMarks: 'w',
} as const;
