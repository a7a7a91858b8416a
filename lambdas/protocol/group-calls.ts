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
  description: 'As `connection_established` tells it to the client, or as its token will name it.',
  examples: ['0b9f7c9e-7f5c-4d6a-8a55-1d0b6f2a9c11'],
});

const groupName = z.string().meta({ examples: ['team-7'] });

const groupPage = z
  .object({
    groups: z.array(
      z
        .object({
          group: groupName,
          members: count.meta({ description: 'How many clients are in it, online or not.' }),
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
    summary: 'Which groups there are',
    description:
      'Groups that have members, by name, page by page. A group begins with its first member and ends with its last.',
    tag: 'Groups',
    query: pageQuery(DEFAULT_GROUP_PAGE_SIZE),
    answers: { 200: { description: 'A page of groups', body: groupPage } },
    problems: ['invalid_request', 'unavailable'],
  },
  'GET /groups/{group}/clients': {
    function: 'http/groups',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Who is in a group',
    description:
      'Its members, online or not, page by page. A page can have fewer than `limit` and not be the last: follow `next_cursor`.',
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
    summary: 'Put a client into a group',
    description:
      'The client may be away, or may never have connected. It stays in the group over its reconnects. Safe to repeat.',
    tag: 'Groups',
    path: z.object({ group, client_id: clientId }),
    answers: { 204: { description: 'The client is in the group' } },
    problems: ['too_many_groups', 'invalid_request', 'unavailable'],
  },
  'DELETE /groups/{group}/clients/{client_id}': {
    function: 'http/groups',
    access: 'api_key',
    forOwners: 'own',
    summary: 'Take a client out of a group',
    description: 'Its next token can put it in again. Safe to repeat.',
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
      'Each member that is connected gets the message; one that is away gets it when it resumes. With `content` it is a `chat_message`, with `data` any message of yours. Answers as `POST /broadcast` does; `GET /broadcasts/{broadcast_id}` has the progress.',
    tag: 'Groups',
    path: z.object({ group }),
    body: groupMessage.meta({ id: 'GroupMessageRequest' }).transform(toPushToGroup),
    answers: {
      200: { description: 'Sent, with counts', body: broadcastResult },
      202: { description: 'Goes on in the background', body: broadcastAccepted },
    },
    problems: ['invalid_json', 'payload_too_large', 'invalid_request', 'unavailable'],
  },
} as const;
