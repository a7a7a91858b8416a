/** The function of the calls that reach clients: send, call a tool, broadcast, disconnect. */
import { createPush } from '../../http/push';
import { systemClock as clock, newUuid as newId } from '../../runtime';
import { connectionsFrom } from '../adapters/connections';
import { broadcastsFrom, documentClient, sessionsFrom } from '../adapters/dynamodb';
import { tasksFrom } from '../adapters/tasks';
import { createJsonLog } from '../json-log';

const client = documentClient();

export const handler = createPush({
  sessions: sessionsFrom(process.env, client),
  broadcasts: broadcastsFrom(process.env, client),
  connections: connectionsFrom(process.env),
  tasks: tasksFrom(process.env),
  clock,
  newId,
  log: createJsonLog(process.env),
});
