import { create } from '../../../lambdas/http/authorize';
import { systemClock } from '../../../lambdas/ports/runtime';
import { createMemoryRecords } from '../../../local/memory/memory-records';
import { createRecordingLog } from '../../support/fakes';
import { createTestKeys } from '../../support/keys';

const KEY = 'api-key-of-32-characters-or-more-in-all';

function prepare() {
  const log = createRecordingLog();
  const authorize = create({
    apiKeys: createTestKeys({ current: KEY }),
    records: createMemoryRecords({ clock: systemClock }),
    clock: systemClock,
    log,
  });
  return { log, call: (headers?: Record<string, string>) => authorize({ routeKey: 'GET /status', headers }) };
}

describe('the HTTP authorizer', () => {
  it.each([`Bearer ${KEY}`, `bearer ${KEY}`, `BEARER ${KEY}`, `Bearer   ${KEY}`])(
    'accepts %j',
    async (authorization) => {
      const { call, log } = prepare();
      expect(await call({ authorization })).toStrictEqual({
        isAuthorized: true,
        context: { key: 'first', scopes: 'admin' },
      });
      expect(log.infos).toEqual([]);
    },
  );

  it.each([
    undefined,
    '',
    KEY,
    'Bearer',
    'Bearer ',
    `Bearer${KEY}`,
    `Bearer\t${KEY}`,
    `Bearer ${KEY} `,
    `Bearer ${KEY}x`,
    `Bearer ${KEY.slice(1)}`,
    `Bearer ${KEY},Bearer ${KEY}`,
    `Bearer ${KEY},${KEY}`,
    `Basic ${KEY}`,
    `Token ${KEY}`,
    `Basic ${Buffer.from(`switchboard:${KEY}`).toString('base64')}`,
    `X-Bearer ${KEY}`,
  ])('refuses %j, and logs that', async (authorization) => {
    const { call, log } = prepare();
    expect(await call(authorization === undefined ? {} : { authorization })).toStrictEqual({ isAuthorized: false });
    expect(log.infos).toEqual(['call_refused']);
  });

  it('refuses an event without headers', async () => {
    expect(await prepare().call()).toStrictEqual({ isAuthorized: false });
  });
});
