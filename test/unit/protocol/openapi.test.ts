import { clientMessages } from '../../../lambdas/protocol/client-messages';
import { type HttpCall, httpCalls } from '../../../lambdas/protocol/http-calls';
import { openApiDocument } from '../../../lambdas/protocol/openapi';
import { PROBLEMS, problemSchema, problemsOf } from '../../../lambdas/protocol/problems';
import { httpRoutes } from '../../../lambdas/routes';
import {
  createJsonSchemaCheck,
  createOpenApiCheck,
  danglingReferences,
  referencesIn,
  target,
} from '../../support/document-schemas';

/** The test reads and breaks it at any depth. */
type Document = ReturnType<typeof JSON.parse>;

const check = createOpenApiCheck();
const PROTECTED = new Set<string>(
  httpRoutes
    .filter(({ routeKey, access }) => access === 'api_key' && !routeKey.startsWith('HEAD '))
    .map(({ routeKey }) => routeKey),
);
const documentOf = (): Document =>
  JSON.parse(
    JSON.stringify(
      openApiDocument({
        version: '1.2.3',
        serverUrl: 'http://localhost:9005',
        protectedCalls: PROTECTED,
        messages: clientMessages,
      }),
    ),
  );
const document = documentOf();

const calls = Object.keys(httpCalls);

function operationOf(routeKey: string): Document {
  const [method = '', path = ''] = routeKey.split(' ');
  return document.paths[path]?.[method.toLowerCase()];
}

const CAN_WAIT = [
  'POST /send_message',
  'POST /clients/{client_id}/messages',
  'POST /call_tool',
  'GET /calls/{call_id}',
];

describe('the OpenAPI description', () => {
  it('is valid OpenAPI 3.1', () => {
    expect(check(document)).toEqual([]);
  });

  it.each([
    ['an operation without responses', (broken: Document) => (broken.paths['/status'].get.responses = [])],
    ['a parameter without a name', (broken: Document) => delete broken.paths['/clients'].get.parameters[0].name],
    ['a version that is not a string', (broken: Document) => (broken.info.version = 1)],
    ['an unknown method', (broken: Document) => (broken.paths['/status'].fetch = {})],
  ])('is rejected with %s', (_, breakIt) => {
    const broken = documentOf();
    breakIt(broken);
    expect(check(broken)).not.toEqual([]);
  });

  it('has valid JSON Schemas', () => {
    const checkSchema = createJsonSchemaCheck();
    const faults = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      checkSchema(schema).map((fault) => `${name}: ${fault}`),
    );
    expect(faults).toEqual([]);
    expect(checkSchema({ type: 'objekt' })).not.toEqual([]);
  });

  it('has no dangling reference', () => {
    expect(referencesIn(document).length).toBeGreaterThan(10);
    expect(danglingReferences(document)).toEqual([]);
    expect(danglingReferences({ ...document, components: {} })).not.toEqual([]);
  });

  it('describes every route that is a call, and no other', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual([...calls].sort());
  });

  it.each(calls)('%s has a unique id, a summary, a tag, and all path parameters', (routeKey) => {
    const { operationId, summary, tags, parameters } = operationOf(routeKey);
    const ids = calls.map((key) => operationOf(key).operationId);
    expect(ids.filter((id) => id === operationId)).toHaveLength(1);
    expect(summary).toMatch(/\w/);
    expect(document.tags.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(tags));
    const inPath = parameters.filter((parameter: { in: string }) => parameter.in === 'path');
    const names = [...routeKey.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(inPath.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  it.each(Object.entries(httpCalls) as [string, HttpCall][])(
    '%s lists all answers, and all problems by code',
    (routeKey, call) => {
      const { responses } = operationOf(routeKey);
      const statuses = [
        ...Object.keys(call.answers),
        ...[...problemsOf(routeKey, call), 'internal_error' as const].map((code) => `${PROBLEMS[code].status}`),
        ...(PROTECTED.has(routeKey) ? ['401', '403'] : []),
      ];
      expect(Object.keys(responses).sort()).toEqual([...new Set(statuses)].sort());
      for (const code of [...problemsOf(routeKey, call), 'internal_error' as const]) {
        const answer = responses[PROBLEMS[code].status];
        const response = answer.$ref === undefined ? answer : target(document, answer.$ref);
        expect(response.description).toContain(`\`${code}\``);
        const { schema, examples } = response.content['application/problem+json'];
        expect(problemSchema.parse(examples[code].value)).toMatchObject({ code, status: PROBLEMS[code].status });
        const { $ref } = schema;
        expect(target(document, $ref)).toMatchObject({
          properties: { code: { $ref: '#/components/schemas/ProblemCode' } },
        });
        expect(document.components.schemas.ProblemCode.enum).toEqual(Object.keys(PROBLEMS));
      }
    },
  );

  it('says which calls need an API key', () => {
    expect(document.components.securitySchemes.api_key).toMatchObject({ type: 'http', scheme: 'bearer' });
    const guarded = calls.filter((routeKey) => operationOf(routeKey).security !== undefined);
    expect(guarded).toEqual(calls.filter((routeKey) => PROTECTED.has(routeKey)));
    expect(guarded).toContain('POST /send_message');
    expect(guarded).not.toContain('GET /health');
    for (const routeKey of guarded) expect(operationOf(routeKey).security).toEqual([{ api_key: [] }]);
  });

  it('has a body for exactly the calls that take one', () => {
    const withBody = calls.filter((routeKey) => operationOf(routeKey).requestBody?.required);
    expect(withBody.sort()).toEqual(calls.filter((routeKey) => routeKey.startsWith('POST ')).sort());
  });

  it('has an Idempotency-Key for every POST, and Prefer for every call that can wait', () => {
    const headersOf = (routeKey: string) =>
      operationOf(routeKey)
        .parameters.filter((parameter: { in: string }) => parameter.in === 'header')
        .map(({ name }: { name: string }) => name);
    for (const routeKey of calls) {
      const isPost = routeKey.startsWith('POST ');
      const canWait = CAN_WAIT.includes(routeKey);
      expect(headersOf(routeKey)).toEqual([...(isPost ? ['Idempotency-Key'] : []), ...(canWait ? ['Prefer'] : [])]);
      const { responses } = operationOf(routeKey);
      const answered = responses[200] ?? responses[202] ?? responses[204];
      expect(Object.keys(answered.headers ?? {})).toEqual([
        ...(isPost ? ['Idempotency-Replayed'] : []),
        ...(canWait ? ['Preference-Applied'] : []),
      ]);
    }
  });

  it('says where to find a call that has not been answered yet', () => {
    const { headers } = operationOf('POST /call_tool').responses[202];
    expect(Object.keys(headers)).toEqual(['Idempotency-Replayed', 'Location']);
    expect(Object.keys(operationOf('POST /send_message').responses[202].headers)).toEqual(['Idempotency-Replayed']);
  });

  it('bounds no number by what JavaScript can represent', () => {
    const text = JSON.stringify(document);
    expect(text).toContain('"minimum":1,');
    expect(text).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });

  it('uses snake_case, as on the wire', () => {
    const { schema: body } = operationOf('POST /call_tool').requestBody.content['application/json'];
    const schema = body.$ref === undefined ? body : target(document, body.$ref);
    const fields = ['tool_name', 'params', 'client_id', 'deadline_seconds', 'hold_seconds'];
    expect(Object.keys(schema.properties)).toEqual(fields);
    expect(schema.required).toEqual(['tool_name', 'client_id']);
  });
});
