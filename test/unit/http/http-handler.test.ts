/** For any body, the HTTP handler answers with a documented status, and problem details name the field. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import fc from 'fast-check';
import { create as createCalls } from '../../../lambdas/http/calls';
import { createHttpHandler } from '../../../lambdas/http/http-handler';
import { create as createPush } from '../../../lambdas/http/push';
import { create as createRead } from '../../../lambdas/http/read';
import { newUuid, systemClock } from '../../../lambdas/ports/runtime';
import { type HttpCall, type HttpCallKey, httpCalls } from '../../../lambdas/protocol/http-calls';
import type { JsonObject } from '../../../lambdas/protocol/json';
import { PROBLEMS, Problem, problemSchema } from '../../../lambdas/protocol/problems';
import { createMemoryClientTools } from '../../../local/memory/memory-client-tools';
import {
  connectionOf,
  createRecordingConnections,
  createRecordingLog,
  createRecordingTasks,
  createTestAnswers,
  createTestBroadcasts,
  createTestCalls,
  createTestClients,
  createTestGroups,
  createTestHistory,
  noPresence,
  TEST_CONNECTION_LIMITS,
} from '../../support/fakes';

const RUNS = 200;
const strictProblem = problemSchema.strict();
const INTERNALS = /\n\s*at |node_modules|\.ts:\d|SyntaxError|TypeError|RangeError|ZodError/;
const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';
const PUSHES = ['POST /send_message', 'POST /call_tool', 'POST /broadcast'] as const;
const READS = ['GET /clients', 'GET /clients/{client_id}/messages'] as const;

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

/** An object whose fields are each correct, wrong or missing. */
function fields(shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<JsonObject> {
  const each = Object.entries(shape).map(([name, right]) => [
    name,
    fc.oneof({ weight: 4, arbitrary: right }, fc.jsonValue()),
  ]);
  return fc.record(Object.fromEntries(each), { requiredKeys: [] });
}

const anyBody = fields({
  client_id: fc.constantFrom(clientId, newUuid(), '__proto__', ''),
  content: anyText,
  tool_name: anyText,
  message_type: anyText,
  hold_seconds: fc.integer({ min: 1, max: 86_400 }),
  deadline_seconds: fc.integer({ min: 1, max: 86_400 }),
  params: fc.dictionary(anyText, fc.jsonValue()),
  data: fc.dictionary(fc.constantFrom('__proto__', 'toJSON', 'then'), fc.jsonValue()),
});

async function prepare() {
  const log = createRecordingLog();
  const clients = createTestClients();
  const history = createTestHistory();
  await clients.connect(connectionOf(clientId));
  const broadcasts = createTestBroadcasts();
  const shared = { clients, history, broadcasts, accessControl: false, clock: systemClock, log };
  const connections = createRecordingConnections();
  const pushing = {
    connections,
    answers: createTestAnswers(),
    tasks: createRecordingTasks(),
    ...noPresence(),
    newId: newUuid,
  };
  const push = createPush({ ...shared, ...pushing });
  const read = createRead({
    ...shared,
    groups: createTestGroups(),
    clientTools: createMemoryClientTools(shared),
    readiness: async () => undefined,
    version: '1',
    startedAt: 0,
    connectionLimits: TEST_CONNECTION_LIMITS,
  });
  const calls = createCalls({ ...shared, ...pushing, calls: createTestCalls(history) });
  return { serve: { push, read, calls }, log };
}

interface Parts {
  body?: string;
  isBase64Encoded?: boolean;
  queryStringParameters?: Record<string, string>;
  pathParameters?: Record<string, string>;
}

function eventOf(routeKey: string, parts: Parts): APIGatewayProxyEventV2 {
  return { routeKey, isBase64Encoded: false, ...parts } as APIGatewayProxyEventV2;
}

/** Runs the real operations, and checks the result against the documentation of the call. */
async function expectDocumented(routeKey: HttpCallKey, parts: Parts): Promise<number | undefined> {
  const { serve, log } = await prepare();
  const call: HttpCall = httpCalls[routeKey];
  const name = call.function.replace('http/', '') as keyof typeof serve;
  const result = await serve[name](eventOf(routeKey, parts));
  const body = JSON.parse(result.body ?? 'null');
  const answer = call.answers[result.statusCode ?? 0];
  expect(log.errors).toEqual([]);
  expect(({} as JsonObject).polluted).toBeUndefined();
  if (answer) {
    expect(answer.body?.safeParse(body).error).toBeUndefined();
    return result.statusCode;
  }
  expect(result.headers?.['content-type']).toBe('application/problem+json');
  const problem = strictProblem.parse(body);
  expect(call.problems).toContain(problem.code);
  expect(problem.status).toBe(result.statusCode);
  expect(problem.status).toBe(PROBLEMS[problem.code].status);
  expect(result.body).not.toMatch(INTERNALS);
  if (problem.status === 400 || problem.status === 422) {
    const [first] = problem.errors ?? [];
    expect(first?.path).toMatch(
      /^(body|client_id|content|hold_seconds|deadline_seconds|tool_name|params|message_type|data|limit|cursor)$/,
    );
    expect(problem.detail).toContain(first?.path);
  }
  return result.statusCode;
}

describe.each(PUSHES)('%s with arbitrary input', (routeKey) => {
  it('answers any text as documented', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (body) => void (await expectDocumented(routeKey, { body }))),
      { numRuns: RUNS },
    );
  });

  it('answers any bytes as documented', async () => {
    const bytes = fc.uint8Array().map((body) => Buffer.from(body).toString('base64'));
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => void (await expectDocumented(routeKey, { body, isBase64Encoded: true }))),
      { numRuns: RUNS },
    );
  });

  it('answers any JSON value as documented', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (body) => void (await expectDocumented(routeKey, { body }))),
      { numRuns: RUNS },
    );
  });

  it('answers any almost valid body as documented, with the same result in Base64', async () => {
    await fc.assert(
      fc.asyncProperty(anyBody, async (given) => {
        const body = JSON.stringify(given);
        const base64 = { body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
        expect(await expectDocumented(routeKey, base64)).toBe(await expectDocumented(routeKey, { body }));
      }),
      { numRuns: RUNS },
    );
  });

  it('answers 400 without a body', async () => {
    expect(await expectDocumented(routeKey, {})).toBe(400);
  });
});

describe.each(READS)('%s with arbitrary input', (routeKey) => {
  it('answers any limit, cursor and client id as documented', async () => {
    const limit = fc.oneof(fc.integer({ min: -10, max: 2_000 }).map(String), anyText);
    const query = fc.record({ limit, cursor: anyText, other: anyText }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(query, fc.constantFrom(clientId, '__proto__', '\ud800'), async (given, id) => {
        const parts = { queryStringParameters: given as Record<string, string>, pathParameters: { client_id: id } };
        await expectDocumented(routeKey, parts);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('an operation that throws', () => {
  const run = async (thrown: unknown) => {
    const log = createRecordingLog();
    const operation = async () => {
      throw thrown;
    };
    const handler = createHttpHandler({ 'GET /health': operation }, { accessControl: false, log });
    const { statusCode, headers, body = '' } = await handler(eventOf('GET /health', {}));
    return { statusCode, headers, body, log };
  };

  it('is a 500 that reveals nothing of what was thrown; the log has the error', async () => {
    const error = fc.oneof(
      anyText.map((text) => new Error(`SECRET ${text}`)),
      fc.constant('SECRET'),
      fc.constant(undefined),
    );
    await fc.assert(
      fc.asyncProperty(error, async (thrown) => {
        const { statusCode, headers, body, log } = await run(thrown);
        expect([statusCode, headers?.['content-type']]).toEqual([500, 'application/problem+json']);
        expect(strictProblem.parse(JSON.parse(body)).code).toBe('internal_error');
        expect(body).not.toContain('SECRET');
        expect(log.errors.map(({ event }) => event)).toEqual(['call_failed']);
      }),
      { numRuns: 200 },
    );
  });

  it('is the thrown Problem, with its headers and without its cause', async () => {
    const problem = new Problem('rate_limited', 'Later.', {
      headers: { 'retry-after': '1' },
      cause: new Error('SECRET'),
    });
    const { statusCode, headers, body, log } = await run(problem);
    expect([statusCode, headers?.['retry-after']]).toEqual([429, '1']);
    expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', code: 'rate_limited', detail: 'Later.' });
    expect(body).not.toContain('SECRET');
    expect(log.errors).toEqual([]);
  });

  it('is a 500 if the route has no operation, even for names of Object.prototype', async () => {
    const handler = createHttpHandler({}, { accessControl: false, log: createRecordingLog() });
    for (const routeKey of ['GET /nothing', '__proto__', 'constructor', 'toString']) {
      expect((await handler(eventOf(routeKey, {}))).statusCode).toBe(500);
    }
  });
});
