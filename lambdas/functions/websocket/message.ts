/** The $default function: every message of every client. */
import { echo } from '../../messages/responder';
import { messageTypes } from '../../messages/table';
import { systemClock as clock, newUuid as newId } from '../../runtime';
import { createCallTool } from '../../tools/call-tool';
import { tools } from '../../tools/table';
import { createMessage } from '../../websocket/message';
import { connectionsFrom } from '../adapters/connections';
import { documentClient, sessionsFrom } from '../adapters/dynamodb';
import { createJsonLog } from '../json-log';

const log = createJsonLog(process.env);

export const handler = createMessage({
  messageTypes,
  responder: echo,
  callTool: createCallTool(tools, log),
  sessions: sessionsFrom(process.env, documentClient()),
  connections: connectionsFrom(process.env),
  replyBy: process.env.REPLY_BY === 'post' ? 'post' : 'route_response',
  clock,
  newId,
  log,
});
