/** The function of the calls that look: status, clients, history, broadcasts. */
import { version } from '../../../package.json';
import { createRead } from '../../http/read';
import { systemClock as clock } from '../../runtime';
import { broadcastsFrom, documentClient, sessionsFrom } from '../adapters/dynamodb';
import { createJsonLog } from '../json-log';

const client = documentClient();

export const handler = createRead({
  sessions: sessionsFrom(process.env, client),
  broadcasts: broadcastsFrom(process.env, client),
  version,
  startedAt: clock.now(), // of this container: on Lambda there is no other start
  clock,
  log: createJsonLog(process.env),
});
