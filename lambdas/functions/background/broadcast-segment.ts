/** The broadcast segment function: sends a broadcast to one share of the sessions. */
import type { Context } from 'aws-lambda';
import { createBroadcastSegment } from '../../background/broadcast-segment';
import type { BroadcastSegmentTask } from '../../background/tasks';
import { systemClock as clock, newUuid as newId } from '../../runtime';
import { connectionsFrom } from '../adapters/connections';
import { broadcastsFrom, documentClient, sessionsFrom } from '../adapters/dynamodb';
import { tasksFrom } from '../adapters/tasks';
import { createJsonLog } from '../json-log';

const client = documentClient();

const broadcastSegment = createBroadcastSegment({
  sessions: sessionsFrom(process.env, client),
  broadcasts: broadcastsFrom(process.env, client),
  connections: connectionsFrom(process.env),
  tasks: tasksFrom(process.env),
  clock,
  newId,
  log: createJsonLog(process.env),
});

export const handler = (task: BroadcastSegmentTask, context: Context): Promise<void> =>
  broadcastSegment(task, () => context.getRemainingTimeInMillis());
