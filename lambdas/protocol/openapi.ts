/** The OpenAPI 3.1 description of the HTTP API, made from the schemas that validate it. */
import * as z from 'zod';
import { clientMessages } from './client-messages';
import { type HttpCall, httpCalls } from './http-calls';
import { type JsonSchema, SchemaCollection } from './json-schemas';
import { PROBLEMS, Problem, type ProblemCode, problemSchema } from './problems';
import { serverMessages } from './server-schemas';

const INTRODUCTION = `Third-party clients connect over WebSocket; over this API the team that runs the server sees who is
connected, sends to one client, calls a tool on it, or broadcasts to all. Errors are RFC 9457 problem details.

The WebSocket side is described by [AsyncAPI](asyncapi.json). In short, every frame is one JSON object with a \`type\`
and its \`data\`:`;

/** How a caller shows the API key, where the server has access control. */
const API_KEY = {
  type: 'http',
  scheme: 'bearer',
  description:
    'The API key of the team that runs the server. Needed where access control is on, and ignored where it is off.',
};

/** What the platform itself answers before a call gets anywhere: no problem details, as no code of ours runs. */
const REFUSALS = {
  401: refusal('No API key, where access control is on'),
  403: refusal('Not the API key, where access control is on'),
};

/**
 * @param version         of the server
 * @param protectedCalls  the calls that need the API key where access control is on
 */
export function openApiDocument(version: string, protectedCalls: ReadonlySet<string>) {
  const collection = new SchemaCollection();
  const problem = collection.add(problemSchema);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [key, call] of Object.entries(httpCalls) as [string, HttpCall][]) {
    const [method = '', path = ''] = key.split(' ');
    const described = operation(key, call, collection, problem);
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: protectedCalls.has(key) ? withApiKey(described) : described,
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Switchboard',
      version,
      description: `${INTRODUCTION}\n\n${messageTable()}`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '.', description: 'This server' }],
    tags: [
      { name: 'Clients', description: 'Who is connected' },
      { name: 'Messages', description: 'What is sent and what was said' },
      { name: 'Server', description: 'What runs here, and how it is doing' },
    ],
    paths,
    components: { schemas: collection.schemas, securitySchemes: { api_key: API_KEY } },
  };
}

function operation(key: string, call: HttpCall, collection: SchemaCollection, problem: JsonSchema) {
  return {
    operationId: operationId(key),
    summary: call.summary,
    tags: [call.tag],
    parameters: [...parameters('path', call.path, collection), ...parameters('query', call.query, collection)],
    ...(call.body && {
      requestBody: { required: true, content: { 'application/json': { schema: collection.add(call.body) } } },
    }),
    responses: { ...answers(call, collection), ...problems(call, problem) },
  };
}

/** The empty requirement says that there may be none: whether access control is on is a setting of the server. */
function withApiKey(described: ReturnType<typeof operation>) {
  const { responses, ...rest } = described;
  return { ...rest, security: [{ api_key: [] }, {}], responses: { ...responses, ...REFUSALS } };
}

function refusal(description: string) {
  const schema = { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] };
  return { description, content: { 'application/json': { schema } } };
}

/** `GET /clients/{client_id}` to `get_clients_client_id`. */
function operationId(key: string): string {
  const words = key.toLowerCase().match(/[a-z_]+/g) ?? [];
  return words.length > 1 ? words.join('_') : `${words[0]}_root`;
}

function parameters(place: 'path' | 'query', object: z.ZodObject | undefined, collection: SchemaCollection) {
  return Object.entries(object?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = collection.add(schema as z.ZodType);
    return {
      name,
      in: place,
      required: place === 'path',
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

function answers(call: HttpCall, collection: SchemaCollection) {
  const entries = Object.entries(call.answers).map(([status, { description, body }]) => [
    status,
    { description, ...(body && { content: { 'application/json': { schema: collection.add(body) } } }) },
  ]);
  return Object.fromEntries(entries);
}

/** One response a status; where codes share a status, its description names them all, and each has its example. */
function problems(call: HttpCall, schema: JsonSchema) {
  const codes = [...call.problems, 'internal_error'] as const;
  const statuses = new Set(codes.map((code) => PROBLEMS[code].status));
  const entries = [...statuses].map((status) => {
    const here = codes.filter((code) => PROBLEMS[code].status === status);
    const description = here.map((code) => `${PROBLEMS[code].title} (\`${code}\`)`).join('; ');
    const examples = Object.fromEntries(here.map((code) => [code, { value: problemExample(code) }]));
    return [status, { description, content: { 'application/problem+json': { schema, examples } } }];
  });
  return Object.fromEntries(entries);
}

function problemExample(code: ProblemCode) {
  return new Problem(code, 'What is wrong with this call, and what to do about it.').toJSON();
}

function messageTable(): string {
  const rows = (messages: Record<string, z.core.$ZodType>, sender: string) =>
    Object.entries(messages).map(
      ([type, schema]) => `| ${sender} | \`${type}\` | ${z.globalRegistry.get(schema)?.description ?? ''} |`,
    );
  return [
    '| Sent by | Type | What it is |',
    '|---|---|---|',
    ...rows(clientMessages, 'client'),
    ...rows(serverMessages, 'server'),
  ].join('\n');
}
