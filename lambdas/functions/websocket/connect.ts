/** The $connect function: writes the session, and starts the task that greets the client. */
import { systemClock as clock } from '../../runtime';
import { createConnect } from '../../websocket/connect';
import { documentClient, sessionsFrom } from '../adapters/dynamodb';
import { tasksFrom } from '../adapters/tasks';
import { createJsonLog } from '../json-log';

export const handler = createConnect({
  sessions: sessionsFrom(process.env, documentClient()),
  tasks: tasksFrom(process.env),
  clock,
  log: createJsonLog(process.env),
});
