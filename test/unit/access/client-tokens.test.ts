import { decodeJwt, decodeProtectedHeader } from 'jose';
import { SignJWT } from 'jose/jwt/sign';
import { createTokenIssuer, createTokenVerifier } from '../../../lambdas/access/client-tokens';
import { newUuid } from '../../../lambdas/ports/runtime';
import { createFakeClock } from '../../support/fake-clock';
import { createTestKeys } from '../../support/keys';

const KEY = 'signing-key-of-32-characters-or-more';
const NEXT = 'next-signing-key-of-32-characters-or-more';
const clientId = newUuid();

function prepare(keys = createTestKeys({ current: KEY })) {
  const clock = createFakeClock();
  return { keys, clock, issue: createTokenIssuer({ keys, clock }), verify: createTokenVerifier({ keys, clock }) };
}

/** A token that differs from a valid one in the given claims; an undefined claim is left out. */
function forge(now: number, claims: object = {}, { header = {}, key = KEY } = {}): Promise<string> {
  const seconds = Math.floor(now / 1_000);
  const ours = { sub: clientId, aud: 'switchboard:websocket', iat: seconds, nbf: seconds, exp: seconds + 60 };
  return new SignJWT({ ...ours, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'switchboard+jwt', ...header })
    .sign(Buffer.from(key));
}

describe('an issued token', () => {
  it('says who may connect, where and until when, and nothing else', async () => {
    const { clock, issue } = prepare();
    const { token, expiresAt } = await issue({ clientId }, 300);
    const now = Math.floor(clock.now() / 1_000);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'switchboard+jwt' });
    expect(decodeJwt(token)).toEqual({
      sub: clientId,
      aud: 'switchboard:websocket',
      iat: clock.now() / 1_000,
      nbf: now,
      exp: now + 300,
    });
    expect(expiresAt).toBe((now + 300) * 1_000);
  });

  it('can carry labels, groups and a rate', async () => {
    const { issue, verify } = prepare();
    const identity = { clientId: 'Device:7_a.b-c', labels: ['acme', 'Käse 50%'], groups: ['team-7'], messageRate: 0.5 };
    const { token } = await issue(identity, 60);
    expect(await verify(token)).toMatchObject(identity);
  });

  it('stays below the length limit with the maximum of labels and groups', async () => {
    const { issue, verify } = prepare();
    const labels = Array.from({ length: 8 }, (_, index) => `${index}${'€'.repeat(63)}`);
    const groups = Array.from({ length: 20 }, (_, index) => String(index).padStart(128, 'g'));
    const { token } = await issue({ clientId: 'a'.repeat(128), labels, groups }, 60);
    expect(await verify(token)).toMatchObject({ labels, groups });
  });

  it('is accepted until 5 seconds after it expires, because clocks differ', async () => {
    const { clock, issue, verify } = prepare();
    const { token } = await issue({ clientId }, 60);
    expect(await verify(token)).toMatchObject({ clientId });
    clock.advance(64_999);
    expect(await verify(token)).toMatchObject({ clientId });
    clock.advance(1);
    expect(await verify(token)).toEqual({ refusal: 'expired' });
  });

  it('is accepted by a clock that is up to 5 seconds behind', async () => {
    const { clock, issue, verify } = prepare();
    const { token } = await issue({ clientId }, 60);
    clock.advance(-5_000);
    expect(await verify(token)).toMatchObject({ clientId });
    clock.advance(-1);
    expect(await verify(token)).toEqual({ refusal: 'not_yet_valid' });
  });

  it('is signed with the current key, and can be verified with the previous key until that is retired', async () => {
    const { keys, issue, verify } = prepare();
    const { token: older } = await issue({ clientId }, 60);
    keys.set({ current: NEXT, previous: KEY });
    const { token: newer } = await issue({ clientId }, 60);
    expect([await verify(older), await verify(newer)]).toMatchObject([{ clientId }, { clientId }]);
    keys.set({ current: NEXT });
    expect([await verify(older), await verify(newer)]).toMatchObject([{ refusal: 'unknown_key' }, { clientId }]);
  });

  it('is accepted if its key is newer than the cached ones: they are refreshed before it is refused', async () => {
    const { keys, clock, verify } = prepare();
    keys.setUnnoticed({ current: NEXT, previous: KEY });
    expect(await verify(await forge(clock.now(), {}, { key: NEXT }))).toMatchObject({ clientId });
    expect(keys.refreshes()).toBe(1);
  });

  it('does not refresh the keys if it is refused for another reason', async () => {
    const { keys, clock, verify } = prepare();
    await verify(await forge(clock.now(), { exp: 1 }));
    await verify('no token at all');
    expect(keys.refreshes()).toBe(0);
  });
});

describe('a forged token', () => {
  it('is accepted if nothing in it is changed', async () => {
    const { clock, verify } = prepare();
    expect(await verify(await forge(clock.now()))).toMatchObject({ clientId });
  });

  it.each([
    ['no sub', { sub: undefined }, 'malformed'],
    ['a sub with a space', { sub: 'some body' }, 'invalid_claims'],
    ['an empty sub', { sub: '' }, 'invalid_claims'],
    ['a sub of 129 characters', { sub: 'a'.repeat(129) }, 'invalid_claims'],
    ['a sub that cannot be in a path', { sub: '..' }, 'invalid_claims'],
    ['a sub that is a number', { sub: 7 }, 'invalid_claims'],
    ['a sub with a space before it', { sub: ` ${clientId}` }, 'invalid_claims'],
    ['labels that are a string', { labels: 'acme' }, 'invalid_claims'],
    ['a label with a comma', { labels: ['acme,eu'] }, 'invalid_claims'],
    ['a group with a space', { groups: ['team 7'] }, 'invalid_claims'],
    ['a rate of 0', { message_rate: 0 }, 'invalid_claims'],
    ['a rate that is a string', { message_rate: '5' }, 'invalid_claims'],
    ['no exp', { exp: undefined }, 'malformed'],
    ['an exp that is a string', { exp: '9999999999' }, 'malformed'],
    ['no nbf', { nbf: undefined }, 'malformed'],
    ['no aud', { aud: undefined }, 'malformed'],
    ['another aud', { aud: 'switchboard:http' }, 'malformed'],
  ])('is refused with %s', async (_, claims, refusal) => {
    const { clock, verify } = prepare();
    expect(await verify(await forge(clock.now(), claims))).toEqual({ refusal });
  });

  it('is refused if it lives longer than a day, even with the right key', async () => {
    const { clock, verify } = prepare();
    const now = Math.floor(clock.now() / 1_000);
    expect(await verify(await forge(clock.now(), { exp: now + 86_400 }))).toMatchObject({ clientId });
    expect(await verify(await forge(clock.now(), { exp: now + 86_401 }))).toEqual({ refusal: 'ttl_too_long' });
    expect(await verify(await forge(clock.now(), { iat: now + 9e6, exp: now + 9e6 + 60 }))).toEqual({
      refusal: 'ttl_too_long',
    });
  });

  it.each([
    ['another type', { typ: 'JWT' }],
    ['no type', { typ: undefined }],
    ['another algorithm with the same key', { alg: 'HS512' }],
  ])('is refused with %s', async (_, header) => {
    const key = 'a key that is long enough for every algorithm of its family, HS512';
    const { clock, verify } = prepare(createTestKeys({ current: key }));
    expect(await verify(await forge(clock.now(), {}, { key }))).toMatchObject({ clientId });
    expect(await verify(await forge(clock.now(), {}, { header, key }))).toEqual({ refusal: 'malformed' });
  });

  it('is refused if it is signed with another key', async () => {
    const { clock, verify } = prepare();
    expect(await verify(await forge(clock.now(), {}, { key: NEXT }))).toEqual({ refusal: 'unknown_key' });
  });

  it('is refused if it is longer than any issued token, even with the right key', async () => {
    const { clock, verify } = prepare();
    const padded = await forge(clock.now(), { note: 'x'.repeat(8_000) });
    expect(await verify(padded)).toEqual({ refusal: 'malformed' });
  });

  it.each([(token: string) => `${token}=`, (token: string) => `${token}\n`, (token: string) => ` ${token}`])(
    'is refused in a different spelling that decodes to the same bytes (%#)',
    async (respell) => {
      const { clock, verify } = prepare();
      expect(await verify(respell(await forge(clock.now())))).toEqual({ refusal: 'malformed' });
    },
  );

  it('causes an error, not a refusal, if the keys cannot be read', async () => {
    const { clock } = prepare();
    const failing = { get: () => Promise.reject(new Error('no keys')), refresh: () => Promise.reject(new Error()) };
    const verify = createTokenVerifier({ keys: failing, clock });
    await expect(verify(await forge(clock.now()))).rejects.toThrow('no keys');
  });
});
