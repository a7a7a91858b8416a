/** The $disconnect function: deletes the session. */
import { systemClock as clock } from '../../runtime';
import { createDisconnect } from '../../websocket/disconnect';
import { documentClient, sessionsFrom } from '../adapters/dynamodb';
import { createJsonLog } from '../json-log';

export const handler = createDisconnect({
  sessions: sessionsFrom(process.env, documentClient()),
  clock,
  log: createJsonLog(process.env),
});
