import * as z from 'zod';
import { clientIdOf, isResumeToken, newResumeToken } from '../../../lambdas/access/resume-tokens';

it('a new token is valid and unique', () => {
  const tokens = Array.from({ length: 1_000 }, newResumeToken);
  expect(tokens.every(isResumeToken)).toBe(true);
  expect(new Set(tokens).size).toBe(tokens.length);
});

it('a token identifies one client by a UUID', () => {
  const [one, other] = [newResumeToken(), newResumeToken()];
  expect(clientIdOf(one)).toBe(clientIdOf(one));
  expect(clientIdOf(one)).not.toBe(clientIdOf(other));
  expect(() => z.uuid({ version: 'v8' }).parse(clientIdOf(one))).not.toThrow();
});

it('a token maps to the same client id in every version', () => {
  expect(clientIdOf('A'.repeat(43))).toBe('0f007385-b6f9-84b7-aeb2-748605afe1a9');
});

it.each([
  ['nothing', ''],
  ['a short text', 'A'.repeat(42)],
  ['a long text', 'A'.repeat(44)],
  ['other characters', `${'A'.repeat(42)}=`],
  ['unused bits that are set', `${'A'.repeat(42)}B`],
])('%s is not a token', (_, text) => {
  expect(isResumeToken(text)).toBe(false);
});
