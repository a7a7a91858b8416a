/** What client generators need from both descriptions; `test/slow/generated-clients.test.ts` runs some generators. */
import * as z from 'zod/mini';
import { asyncApiDocument } from '../../../lambdas/protocol/asyncapi';
import { clientMessage, clientMessages } from '../../../lambdas/protocol/client-messages';
import { httpCalls } from '../../../lambdas/protocol/http-calls';
import { openApiDocument } from '../../../lambdas/protocol/openapi';
import { exampleFaults, unnamedIn } from '../../support/document-examples';
import { createOpenApiCheck } from '../../support/document-schemas';

/** The test reads and breaks it at any depth. */
type Document = ReturnType<typeof JSON.parse>;

const PROTECTED = new Set(
  Object.entries(httpCalls)
    .filter(([, { access }]) => access === 'api_key')
    .map(([key]) => key),
);
const api = {
  version: '1.2.3',
  serverUrl: 'https://api.example.com',
  protectedCalls: PROTECTED,
  messages: clientMessages,
};
const wire = { version: '1.2.3', webSocketUrl: 'wss://example.com', accessControl: true, messages: clientMessages };

const openApi = (options = {}): Document => JSON.parse(JSON.stringify(openApiDocument({ ...api, ...options })));
const asyncApi = (options = {}): Document => JSON.parse(JSON.stringify(asyncApiDocument({ ...wire, ...options })));

describe.each([
  ['OpenAPI', openApi()],
  ['AsyncAPI', asyncApi()],
])('the %s description', (_, document) => {
  it('names every object and enumeration', () => {
    expect(unnamedIn(document)).toEqual([]);
  });

  it('has no name that generators or languages reserve', () => {
    const taken = ['Client', 'Configuration', 'Date', 'Error', 'Map', 'Object', 'Promise', 'Request', 'Response'];
    expect(Object.keys(document.components.schemas).filter((name) => taken.includes(name))).toEqual([]);
  });

  it('has a valid example of every object and body', () => {
    expect(exampleFaults(document)).toEqual([]);
  });

  it('has no pattern next to a format', () => {
    expect(JSON.stringify(document)).toContain('"format":"date-time"');
    expect(JSON.stringify(document)).not.toMatch(/"format":"[^}]*"pattern"/);
  });
});

describe('the OpenAPI description', () => {
  const { components, paths, servers } = openApi();

  it('is rejected without a name or an example, or with an invalid example', () => {
    const broken = openApi();
    delete broken.components.schemas.Sent.examples;
    broken.components.schemas.ServerStatus.examples = [{}];
    delete broken.paths['/clients'].get.responses[200].content['application/json'].example;
    expect(exampleFaults(broken)).toHaveLength(3);
    broken.components.schemas.Sent.properties.more = { type: 'object', properties: {} };
    expect(unnamedIn(broken)).toEqual(['/schemas/Sent/properties/more']);
  });

  it('has an absolute address', () => {
    expect(servers.map(({ url }: { url: string }) => url)).toEqual(['https://api.example.com']);
  });

  it('uses one schema for refusals without a key and with a wrong key', () => {
    const { 401: unauthorized, 403: forbidden } = paths['/status'].get.responses;
    expect(unauthorized).toEqual({ $ref: '#/components/responses/Unauthorized' });
    expect(forbidden.content['application/json'].schema).toEqual({ $ref: '#/components/schemas/Refusal' });
    expect(forbidden.content['application/problem+json'].schema).toEqual({ $ref: '#/components/schemas/Problem' });
    for (const { content } of Object.values<Document>(components.responses)) {
      if (content['application/json'] === undefined) continue;
      expect(content['application/json'].schema).toEqual({ $ref: '#/components/schemas/Refusal' });
    }
    expect(Object.keys(components.schemas.Refusal.properties)).toEqual(['message']);
  });

  it('mentions no key if access control is off', () => {
    const open = openApi({ protectedCalls: new Set() });
    expect(JSON.stringify(open)).not.toMatch(/"security|"401"|Refusal|Unauthorized/);
    expect(createOpenApiCheck()(open)).toEqual([]);
  });

  it('allows any field in a free-form object', () => {
    const { HistoryMessage, CallToolRequest } = components.schemas;
    expect(HistoryMessage.properties.data).toMatchObject({ type: 'object', additionalProperties: true });
    expect(CallToolRequest.properties.params).toMatchObject({ type: ['object', 'null'], additionalProperties: true });
  });

  it('allows null for optional fields, and does not require them', () => {
    const { properties, required } = components.schemas.TokenRequest;
    expect(properties.client_id).toMatchObject({ type: ['string', 'null'] });
    expect(properties.ttl_seconds.type).toEqual(['integer', 'null']);
    expect(properties.ttl_seconds).not.toHaveProperty('default'); // openapi-typescript requires a field that has a default
    expect(required).toBeUndefined();
  });
});

describe('the AsyncAPI description', () => {
  const { info, components } = asyncApi();

  it('names the data of the team’s own message type even if its schema has no name', () => {
    const rating = clientMessage('rating', z.object({ stars: z.int().check(z.minimum(1), z.maximum(5)) }), {});
    const { messages, schemas } = asyncApi({ messages: { rating } }).components;
    expect(messages.client_rating.payload).toEqual({ $ref: '#/components/schemas/ClientRating' });
    expect(schemas.ClientRatingData).toMatchObject({ examples: [{ stars: 1 }] });
  });

  it('mentions tokens only if access control is on', () => {
    expect(info.description).toContain('token');
    expect(asyncApi({ accessControl: false }).info.description).not.toContain('token');
  });

  it('allows null for optional fields', () => {
    const { ChatMessageData, ToolCallData, Ping } = components.schemas;
    expect(ChatMessageData.properties.role.type).toEqual(['string', 'null']);
    const object = { type: ['object', 'null'], additionalProperties: true };
    expect(ToolCallData.properties.params).toMatchObject(object);
    expect(Ping.properties.data).toMatchObject(object);
  });
});
