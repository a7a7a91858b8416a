/** POSTs with an `Idempotency-Key`: which of them run, and which get the stored answer. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { FIRST_CALLER } from '../../../lambdas/http/caller';
import { createHttpHandler } from '../../../lambdas/http/http-handler';
import { createIdempotency } from '../../../lambdas/http/idempotency';
import { AnswersFullError } from '../../../lambdas/ports/answer-store';
import { newUuid, systemClock } from '../../../lambdas/ports/runtime';
import { Problem, type ProblemCode } from '../../../lambdas/protocol/problems';
import { createMemoryAnswers } from '../../../local/memory/memory-answers';
import { deferred } from '../../support/deferred';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog, createTestAnswers, createTestHistory } from '../../support/fakes';

const KEY = '8e03978e-40d5-43dd-bc93-6894a57f9324';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl';

function eventOf(body: string, changes: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const headers = { 'idempotency-key': KEY };
  return { routeKey: 'POST /broadcast', body, isBase64Encoded: false, headers, ...changes } as APIGatewayProxyEventV2;
}

/** Calls that count how often they run. */
function prepare(
  answer: (run: number) => APIGatewayProxyStructuredResultV2 = (run) => ({ statusCode: 200, body: `${run}` }),
) {
  const clock = createFakeClock();
  const [answers, log] = [createTestAnswers(clock), createRecordingLog()];
  const oncePerKey = createIdempotency({ answers, newId: newUuid, log });
  let runs = 0;
  return {
    clock,
    answers,
    log,
    runs: () => runs,
    call: (event: APIGatewayProxyEventV2) => oncePerKey(event, FIRST_CALLER, async () => answer(++runs)),
    idsOf: async (event: APIGatewayProxyEventV2, name = FIRST_CALLER.name) => {
      const got: (string | undefined)[] = [];
      await oncePerKey(event, { ...FIRST_CALLER, name }, async (ids) => {
        got.push(ids?.(), ids?.('a'), ids?.('b'));
        return { statusCode: 503 };
      });
      return got;
    },
  };
}

async function codeOf(call: Promise<unknown>): Promise<ProblemCode | undefined> {
  const thrown = await call.then(
    () => undefined,
    (error) => error,
  );
  return thrown instanceof Problem ? thrown.code : undefined;
}

describe('a call repeated with its key', () => {
  it('gets the whole first answer, and does not run', async () => {
    const first = {
      statusCode: 202,
      headers: { 'content-type': 'application/json', location: '/x' },
      body: '{"a":"你"}',
    };
    const { call, runs } = prepare(() => first);
    expect(await call(eventOf('{}'))).toEqual(first);
    const headers = { ...first.headers, 'idempotency-replayed': 'true' };
    expect(await call(eventOf('{}'))).toEqual({ ...first, headers });
    expect(runs()).toBe(1);
  });

  it('counts as the same call in Base64', async () => {
    const { call, runs } = prepare();
    await call(eventOf('{"a":"你"}'));
    await call(eventOf(Buffer.from('{"a":"你"}').toString('base64'), { isBase64Encoded: true }));
    expect(runs()).toBe(1);
  });

  it.each<[string, Partial<APIGatewayProxyEventV2>]>([
    ['body', { body: '{"a":1}' }],
    ['path', { routeKey: 'POST /tokens' }],
    ['name in the path', { pathParameters: { client_id: 'x' } }],
    ['query', { rawQueryString: 'a=1' }],
  ])('is refused with another %s', async (_, changes) => {
    const { call, runs } = prepare();
    await call(eventOf('{}'));
    expect(await codeOf(call(eventOf('{}', changes)))).toBe('idempotency_key_reused');
    expect(runs()).toBe(1);
  });

  it('is told to wait while the first call runs', async () => {
    const { answers, log } = prepare();
    const oncePerKey = createIdempotency({ answers, newId: newUuid, log });
    const answered = deferred<APIGatewayProxyStructuredResultV2>();
    const first = oncePerKey(eventOf('{}'), FIRST_CALLER, () => answered.promise);
    const again = oncePerKey(eventOf('{}'), FIRST_CALLER, () => answered.promise);
    await expect(again).rejects.toMatchObject({ code: 'in_progress', extra: { headers: { 'retry-after': '1' } } });
    answered.resolve({ statusCode: 200, body: 'done' });
    expect(await first).toEqual({ statusCode: 200, body: 'done' });
  });

  it('runs if the first call died', async () => {
    const { call, clock, answers, runs } = prepare();
    jest.spyOn(answers, 'keep').mockImplementationOnce(async () => {});
    await call(eventOf('{}'));
    expect(await codeOf(call(eventOf('{}')))).toBe('in_progress');
    clock.advance(30_000);
    expect(await call(eventOf('{}'))).toMatchObject({ body: '2' });
    expect(runs()).toBe(2);
  });

  it.each([429, 500, 503])('runs again after a %d', async (statusCode) => {
    const { call } = prepare((run) => ({ statusCode: run === 1 ? statusCode : 200 }));
    expect((await call(eventOf('{}'))).statusCode).toBe(statusCode);
    expect(await call(eventOf('{}'))).toEqual({ statusCode: 200 });
  });

  it.each([404, 409])('gets the stored %d', async (statusCode) => {
    const { call, runs } = prepare(() => ({ statusCode, headers: {} }));
    await call(eventOf('{}'));
    expect(await call(eventOf('{}'))).toEqual({ statusCode, headers: { 'idempotency-replayed': 'true' } });
    expect(runs()).toBe(1);
  });
});

describe('the ids of a keyed call', () => {
  it('are the same in each run, and differ by purpose', async () => {
    const { idsOf } = prepare();
    const first = await idsOf(eventOf('{}'));
    expect(await idsOf(eventOf('{}'))).toEqual(first);
    expect(new Set(first).size).toBe(3);
    for (const id of first) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('depend on caller, key and body, and are absent without a key', async () => {
    const { idsOf } = prepare();
    const ids = [
      await idsOf(eventOf('{}')),
      await idsOf(eventOf('{}'), 'partner'),
      await idsOf(eventOf('{ }')),
      await idsOf(eventOf('{}', { headers: { 'idempotency-key': 'another' } })),
    ].flat();
    expect(new Set(ids).size).toBe(12);
    expect(await idsOf(eventOf('{}', { headers: {} }))).toEqual([undefined, undefined, undefined]);
  });
});

describe('an Idempotency-Key', () => {
  it('is another one for a key of the same name that belongs to another partner', async () => {
    const { answers, log } = prepare();
    const oncePerKey = createIdempotency({ answers, newId: newUuid, log });
    const answersTo = async (labels: string[]) => {
      const caller = { ...FIRST_CALLER, name: 'backend', labels };
      return (await oncePerKey(eventOf('{}'), caller, async () => ({ body: `for ${labels}` }))).body;
    };
    expect(await answersTo(['acme'])).toBe('for acme');
    expect(await answersTo(['bolt'])).toBe('for bolt');
    expect(await answersTo([])).toBe('for ');
    expect(await answersTo(['acme', 'acme:eu'])).toBe('for acme');
  });

  it.each(['k', '!', '~', 'x'.repeat(128), '"quoted"'])('may be %j', async (key) => {
    const { call, runs } = prepare();
    for (let count = 0; count < 2; count += 1) await call(eventOf('{}', { headers: { 'idempotency-key': key } }));
    expect(runs()).toBe(1);
  });

  it.each(['', ' ', 'two words', 'x'.repeat(129), 'schlüssel', 'a\tb'])('may not be %j', async (key) => {
    const { call, runs } = prepare();
    expect(await codeOf(call(eventOf('{}', { headers: { 'idempotency-key': key } })))).toBe('invalid_request');
    expect(runs()).toBe(0);
  });

  it('costs nothing if it is missing', async () => {
    const { call, answers, runs } = prepare();
    const spies = (['claim', 'keep', 'release'] as const).map((method) => jest.spyOn(answers, method));
    for (let count = 0; count < 2; count += 1) await call(eventOf('{}', { headers: {} }));
    expect(runs()).toBe(2);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });

  it('is not readable in the store, nor is its answer', async () => {
    const { call, answers } = prepare(() => ({ statusCode: 200, body: TOKEN }));
    const keep = jest.spyOn(answers, 'keep');
    await call(eventOf('{}'));
    const stored = JSON.stringify(keep.mock.calls);
    expect(stored).not.toContain(KEY);
    expect(stored).not.toContain(TOKEN);
    expect(Buffer.from(keep.mock.calls[0]?.[1] ?? '', 'base64').toString()).not.toContain(TOKEN);
  });
});

describe('a failing store of answers', () => {
  it('that is full keeps the call from running, and tells the caller when to retry', async () => {
    const { answers, call, runs } = prepare();
    answers.claim = () => Promise.reject(new AnswersFullError(90));
    const thrown = await call(eventOf('{}')).catch((error) => error);
    expect(thrown).toMatchObject({ code: 'unavailable', status: 503, extra: { headers: { 'retry-after': '90' } } });
    expect(runs()).toBe(0);
  });

  it('is full for a partner before it is full for others', async () => {
    const answers = createMemoryAnswers({ clock: createFakeClock(), maxBytes: 8_000 });
    const oncePerKey = createIdempotency({ answers, newId: newUuid, log: createRecordingLog() });
    const call = (key: string, labels: string[]) => {
      const caller = { ...FIRST_CALLER, name: 'a-key', labels };
      return oncePerKey(eventOf('{}', { headers: { 'idempotency-key': key } }), caller, async () => ({ body: '1' }));
    };
    const fill = async () => {
      for (let key = 0; key < 100; key++) await call(`${key}`, ['acme']);
    };
    await expect(fill()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await call('another', ['bolt'])).toEqual({ body: '1' });
    expect(await call('yet-another', [])).toEqual({ body: '1' });
  });

  it('keeps the call from running if it fails before the call', async () => {
    const { call, answers, runs } = prepare();
    answers.claim = () => Promise.reject(new Error('no claim'));
    await expect(call(eventOf('{}'))).rejects.toThrow('no claim');
    expect(runs()).toBe(0);
  });

  it('is logged if it fails after the call, and the caller gets the answer', async () => {
    const { call, answers, log } = prepare();
    answers.keep = () => Promise.reject(new Error('no put'));
    expect(await call(eventOf('{}'))).toEqual({ statusCode: 200, body: '1' });
    expect(log.errors).toEqual([{ event: 'answer_not_kept', cause: new Error('no put') }]);
  });
});

describe('the HTTP handler', () => {
  const body = JSON.stringify({ message_type: 'news' });

  function createHandler(operation: () => Promise<{ body: never }>) {
    const log = createRecordingLog();
    const [answers, history] = [createTestAnswers(), createTestHistory()];
    const dependencies = { answers, history, accessControl: false, clock: systemClock, newId: newUuid, log };
    return createHttpHandler({ 'POST /broadcast': operation }, dependencies);
  }

  it('replays a problem of an operation as problem details', async () => {
    let runs = 0;
    const handler = createHandler(async () => {
      runs += 1;
      throw new Problem('client_gone', 'Gone.');
    });
    const [first, again] = [await handler(eventOf(body)), await handler(eventOf(body))];
    expect(again).toEqual({ ...first, headers: { ...first.headers, 'idempotency-replayed': 'true' } });
    expect([first.statusCode, runs]).toEqual([409, 1]);
  });

  it('claims no key for an invalid call', async () => {
    const handler = createHandler(async () => ({ body: {} as never }));
    expect((await handler(eventOf('{}'))).statusCode).toBe(422);
    expect((await handler(eventOf(body))).statusCode).toBe(200);
  });
});
