/** Replies that tasks generate: their stores and settings. */
import { isModel, modelSettingsFrom } from '../../models/model-settings';
import type { ReplySettings } from '../../ports/dependencies';
import type { ReplyQueue } from '../../ports/reply-queue';
import type { ReplyStore } from '../../ports/reply-store';
import { systemClock } from '../../ports/runtime';
import { createDynamoReplies } from '../dynamodb-replies';
import { createDynamoReplyQueue } from '../dynamodb-reply-queue';
import { variable } from '../environment';
import { withOutages } from '../outages';
import { documentClient } from './dynamodb';
import type { FunctionContext } from './function-context';

export function replies(context: FunctionContext): ReplyStore {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoReplies({ client: documentClient(context), clock: systemClock, messagesTable }));
}

export function replyQueue(context: FunctionContext): ReplyQueue {
  const messagesTable = variable(context.environment, 'MESSAGES_TABLE');
  return withOutages(createDynamoReplyQueue({ client: documentClient(context), clock: systemClock, messagesTable }));
}

/** False for an app responder with `inline`. */
export function repliesInTask({ environment, app }: FunctionContext): boolean {
  return isModel(environment) || app?.responder.inline !== true;
}

/** Without an app, the model's name comes from a variable. */
export function replySettings({ environment, app }: FunctionContext): ReplySettings {
  return modelSettingsFrom(environment, app?.responder.model ?? '');
}

/**
 * Posts cost $1 a million and count toward the account's 10,000 requests a second. At this interval 2,500 replies can stream at once, and
 * a reply of ten seconds takes 40 posts. People read no faster.
 */
const INTERVAL = 250;

export function deltaIntervalMs(): number {
  return INTERVAL;
}
