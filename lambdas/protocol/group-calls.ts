/** HTTP calls about groups: rows for `http-calls.ts`. */
import * as z from 'zod';
import { clientName, timestamp } from './formats';
import { broadcastAccepted, broadcastResult, count, givenName, nextCursor, pageQuery } from './http-schemas';
import { DEFAULT_GROUP_PAGE_SIZE, MAX_NAME_LENGTH } from './limits';
import { groupMessage, toPushToGroup } from './push-schemas';

const group = givenName.meta({
  description: `1 to ${MAX_NAME_LENGTH} of a-z A-Z 0-9 . _ : -`,
  examples: ['team-7'],
});

/** The client may not exist yet, so its name must be valid: the stores also have partitions that are not clients. */
const clientId = givenName.meta({
  description: "The id from the client's `connection_established`, or the one that its token will have.",
  examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'],
});

const groupName = z.string().meta({ examples: ['team-7'] });

const groupPage = z
  .object({
    groups: z.array(
      z
        .object({
          group: groupName,
          members: count.meta({ description: 'Number of members, online or not.' }),
        })
        .meta({ id: 'Group' }),
    ),
    next_cursor: nextCursor,
  })
  .meta({ id: 'GroupPage' });

const memberPage = z
  .object({
    clients: z.array(
      z
        .object({
          client_id: clientName,
          online: z.boolean().meta({ description: 'Whether it is connected now.' }),
          joined_at: timestamp,
        })
        .meta({ id: 'GroupMember' }),
    ),
    next_cursor: nextCursor,
  })
  .meta({ id: 'GroupMemberPage' });

export const groupCalls = {
  'GET /groups': {
    function: 'http/groups',
    access: 'api_key',
    forOwners: 'any',
    summary: 'List groups',
    description: 'Groups with members, sorted by name, page by page. A group exists from its first member to its last.',
    tag: 'Groups',
    query: pageQuery(DEFAULT_GROUP_PAGE_SIZE),
    answers: { 200: { description: 'A page of groups', body: groupPage } },
    problems: ['invalid_request', 'unavailable'],
  },
  'GET /groups/{group}/clients': {
    function: 'http/groups',
    access: 'api_key',
    forOwners: 'own',
    summary: 'List the members of a group',
    description:
      'Its members, online or not, page by page. A page with fewer than `limit` members need not be the last: follow `next_cursor`.',
    tag: 'Groups',
    path: z.object({ group }),
    query: pageQuery(DEFAULT_GROUP_PAGE_SIZE),
    answers: { 200: { description: 'A page of members', body: memberPage } },
    problems: ['invalid_request', 'unavailable'],
  },
  'PUT /groups/{group}/clients/{client_id}': {
    function: 'http/groups',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Add a client to a group',
    description:
      'The client can be offline, or may never have connected. It stays in the group when it reconnects. Safe to repeat.',
    tag: 'Groups',
    path: z.object({ group, client_id: clientId }),
    answers: { 204: { description: 'The client is in the group' } },
    problems: ['too_many_groups', 'invalid_request', 'unavailable'],
  },
  'DELETE /groups/{group}/clients/{client_id}': {
    function: 'http/groups',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Remove a client from a group',
    description: 'Its next token can add it again. Safe to repeat.',
    tag: 'Groups',
    path: z.object({ group, client_id: clientId }),
    answers: { 204: { description: 'The client is not in the group' } },
    problems: ['invalid_request', 'unavailable'],
  },
  'POST /groups/{group}/messages': {
    function: 'http/push',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Send a message to a group',
    description:
      'Each connected member gets the message; an offline member gets it when it resumes. With `content` it is a `chat_message`, with `message_type` and `data` a message of your own type. Answers like `POST /broadcast`; `GET /broadcasts/{broadcast_id}` shows the progress.',
    tag: 'Groups',
    path: z.object({ group }),
    body: groupMessage.meta({ id: 'GroupMessageRequest' }).transform(toPushToGroup),
    answers: {
      200: { description: 'Sent, with counts', body: broadcastResult },
      202: { description: 'Continues in the background', body: broadcastAccepted },
    },
    problems: ['invalid_json', 'payload_too_large', 'invalid_request', 'unavailable'],
  },
} as const;
