/** The OpenAPI 3.1 description of the HTTP API, generated from the schemas that validate it. */
import * as z from 'zod';
import { type HttpCall, httpCalls } from './http-calls';
import { type JsonSchema, pascalCase, SchemaCollection } from './json-schemas';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, LOCATION, PREFER, PREFERENCE_APPLIED } from './openapi-headers';
import { PROBLEMS, Problem, type ProblemCode, problemSchema, problemsOf } from './problems';
import { serverMessages } from './server-schemas';

const INTRODUCTION = `Third-party clients connect over WebSocket; over this API the team that runs the server sees who is
connected, sends to a client, calls a client's tools, or broadcasts to all. Errors are RFC 9457 problem details.

The WebSocket side is described by [AsyncAPI](asyncapi.json). In short, every frame is one JSON object with a \`type\`
and its \`data\`:`;

/** How a caller sends the API key. */
const API_KEY = {
  type: 'http',
  scheme: 'bearer',
  description: 'The API key of the team that runs the server.',
};

/** The platform's own refusals. They are not problem details, because none of our code runs. */
const refusalSchema = z
  .object({ message: z.string().meta({ examples: ['Unauthorized'] }) })
  .meta({ id: 'Refusal', description: 'The API key is missing or wrong. Without problem details.' });

const REFUSALS = {
  Unauthorized: { status: 401, description: 'No API key', example: { message: 'Unauthorized' } },
  Forbidden: { status: 403, description: 'Wrong API key', example: { message: 'Forbidden' } },
} as const;

export interface OpenApiOptions {
  /** Version of the server. */
  version: string;
  /** Base URL of the API, such as `https://api.example.com`. Absolute, because tools that import the description need it. */
  serverUrl: string;
  /** Calls that need the API key; empty if access control is off. */
  protectedCalls: ReadonlySet<string>;
  /** Schemas of client messages by type, including the team's own. */
  messages: Readonly<Record<string, z.core.$ZodType>>;
}

export function openApiDocument({ version, serverUrl, protectedCalls, messages }: OpenApiOptions) {
  const collection = new SchemaCollection();
  const isProtected = protectedCalls.size > 0;
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
  const components = isProtected && { responses: refusals(collection), securitySchemes: { api_key: API_KEY } };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Switchboard',
      version,
      description: `${INTRODUCTION}\n\n${messageTable(messages)}`,
      contact: { name: 'The team that runs this server', url: `${serverUrl}/docs` },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: serverUrl, description: 'This server' }],
    tags: [
      { name: 'Clients', description: 'Connected clients' },
      { name: 'Groups', description: 'Groups of clients that get the same messages' },
      { name: 'Messages', description: 'Sending messages, and message history' },
      { name: 'Events', description: 'Events for the team' },
      { name: 'Access', description: 'Keys, revocations, and the audit log' },
      { name: 'Server', description: 'Version, health and status' },
    ],
    paths,
    components: { schemas: collection.schemas, ...components },
  };
}

function operation(key: string, call: HttpCall, collection: SchemaCollection, problem: JsonSchema) {
  const id = operationId(key);
  const isPost = key.startsWith('POST ');
  return {
    operationId: id,
    summary: call.summary,
    description: call.description ?? call.summary,
    tags: [call.tag],
    parameters: [
      ...parameters('path', call.path, collection),
      ...parameters('query', call.query, collection),
      ...(isPost ? [IDEMPOTENCY_KEY] : []),
      ...(call.canWait ? [PREFER] : []),
    ],
    ...(call.body && {
      requestBody: { required: true, content: jsonContent(call.body, `${pascalCase(id)}Body`, collection) },
    }),
    responses: { ...answers(key, call, id, collection), ...problems(key, call, problem) },
  };
}

function jsonContent(body: z.ZodType, name: string, collection: SchemaCollection) {
  const schema = collection.add(body, name);
  const example = collection.exampleOf(schema);
  return { 'application/json': { schema, ...(example !== undefined && { example }) } };
}

function withApiKey(described: ReturnType<typeof operation>) {
  const { responses, ...rest } = described;
  const { Unauthorized, Forbidden } = REFUSALS;
  const ours = responses[Forbidden.status];
  // The platform's 403 is for an unknown key; ours is for a key that may not make this call.
  const forbidden = {
    description: `${Forbidden.description}; ${ours.description}`,
    content: { ...refusalContent(Forbidden.example), ...ours.content },
  };
  return {
    ...rest,
    security: [{ api_key: [] }],
    responses: {
      ...responses,
      [Unauthorized.status]: { $ref: '#/components/responses/Unauthorized' },
      [Forbidden.status]: forbidden,
    },
  };
}

function refusalContent(example: object) {
  return { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' }, example } };
}

function refusals(collection: SchemaCollection) {
  collection.add(refusalSchema);
  const { description, example } = REFUSALS.Unauthorized;
  return { Unauthorized: { description, content: refusalContent(example) } };
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

function answers(key: string, call: HttpCall, id: string, collection: SchemaCollection) {
  const entries = Object.entries(call.answers).map(([status, { description, body, hasLocation }]) => {
    const headers = {
      ...(key.startsWith('POST ') && { 'Idempotency-Replayed': IDEMPOTENCY_REPLAYED }),
      ...(call.canWait && status === '200' && { 'Preference-Applied': PREFERENCE_APPLIED }),
      ...(hasLocation && { Location: LOCATION }),
    };
    return [
      status,
      {
        description,
        ...(Object.keys(headers).length > 0 && { headers }),
        ...(body && { content: jsonContent(body, `${pascalCase(id)}Answer${status}`, collection) }),
      },
    ];
  });
  return Object.fromEntries(entries);
}

/** One response per status. If several codes share a status, the description lists them all, each with its example. */
function problems(key: string, call: HttpCall, schema: JsonSchema) {
  const codes = [...problemsOf(key, call), 'internal_error'] as const;
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

function messageTable(messages: Readonly<Record<string, z.core.$ZodType>>): string {
  const rows = (table: Readonly<Record<string, z.core.$ZodType>>, sender: string) =>
    Object.entries(table).map(
      ([type, schema]) => `| ${sender} | \`${type}\` | ${z.globalRegistry.get(schema)?.description ?? ''} |`,
    );
  return [
    '| Sent by | Type | What it is |',
    '|---|---|---|',
    ...rows(messages, 'client'),
    ...rows(serverMessages, 'server'),
  ].join('\n');
}
