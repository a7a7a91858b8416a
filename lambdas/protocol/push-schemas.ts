/** Schemas of the HTTP calls that push a message of any type. */
import * as z from 'zod';
import { uuid } from './formats';
import { clientId, count, holdSeconds } from './http-schemas';
import { MAX_PUSHED_CLIENTS } from './limits';
import { pushedMessage, pushFault } from './pushed-types';
import { emptiableObject, shortName } from './schemas';
import { pushedChatMessage } from './server-messages';

/** A message of any type that the team may push. */
export const anyMessage = z.object({
  message_type: shortName.check(
    z.meta({
      description:
        '`chat_message`, whose data has a `content`, or a type of your own. Other types of the protocol are reserved.',
      examples: ['order_shipped'],
    }),
  ),
  data: z.nullish(emptiableObject).meta({ examples: [{ order: 'A-17', parcels: 2 }] }),
});

/** Checks the type and builds the message. */
export function toPush<Body extends z.output<typeof anyMessage>>(
  { message_type: type, data, ...rest }: Body,
  context: z.RefinementCtx,
) {
  const fault = pushFault(type, data ?? {});
  if (fault) context.addIssue({ code: 'custom', ...fault });
  return { ...rest, message: pushedMessage(type, data ?? {}) };
}

/** A message to a group: of any type, or with `content` a chat message. */
export const groupMessage = anyMessage.partial({ message_type: true }).extend({
  content: z
    .string()
    .nullish()
    .meta({ description: 'Instead of `message_type` and `data`.', examples: ['Hello'] }),
});

/** Validates it and builds the message. */
export function toPushToGroup(body: z.output<typeof groupMessage>, context: z.RefinementCtx) {
  const { content, message_type: type, data } = body;
  if (typeof content === 'string') {
    if (data)
      context.addIssue({
        code: 'custom',
        path: ['data'],
        message: 'Invalid input: expected content or data, not both',
      });
    if (type !== undefined && type !== 'chat_message') {
      const message = 'Invalid input: content is only for chat_message; use data for other types';
      context.addIssue({ code: 'custom', path: ['message_type'], message });
    }
    return { message: pushedChatMessage(content) };
  }
  if (type === undefined) {
    context.addIssue({
      code: 'custom',
      path: ['message_type'],
      message: 'Invalid input: expected content, or message_type and data',
    });
  }
  return toPush({ message_type: type ?? '', data }, context);
}

export const messageToMany = anyMessage.extend({
  client_ids: z
    .array(clientId)
    .min(1)
    .max(MAX_PUSHED_CLIENTS)
    .meta({
      description: `Up to ${MAX_PUSHED_CLIENTS} clients. Duplicates get the message once.`,
      examples: [['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11']],
    }),
  hold_seconds: holdSeconds,
});

export const sentToMany = z
  .object({
    posted: count.meta({ description: 'Number of clients whose connection the message was written to.' }),
    held: count.meta({ description: 'Number of clients that are away and get the message when they resume.' }),
    failed: count.meta({ description: 'Number of clients that did not get the message.' }),
    results: z.array(
      z
        .object({
          client_id: z.string(),
          status: z.enum(['posted', 'held', 'failed']).meta({ id: 'PushStatus', examples: ['posted'] }),
          message_id: uuid.optional().meta({ description: 'The `message_id` of the frame; omitted with `failed`.' }),
          code: z
            .string()
            .optional()
            .meta({ description: 'With `failed`: as in problem details.', examples: ['client_not_found'] }),
          detail: z.string().optional().meta({ description: 'With `failed`: a sentence for people.' }),
        })
        .meta({ id: 'PushResult' }),
    ),
  })
  .meta({ id: 'SentToMany', description: 'Result per client, in the order of the call.' });
