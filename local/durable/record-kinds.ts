/**
 * What the records of a data folder are. A record's key begins with the letter of its kind, and a kind is read by that letter, so no two
 * kinds may share one (`test/unit/local/durable/record-kinds.test.ts`).
 */
export const KIND = {
  answer: 'a',
  broadcast: 'b',
  client: 'c',
  event: 'e',
  eventMark: 'f',
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
} as const;
