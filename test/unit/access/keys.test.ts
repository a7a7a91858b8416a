import { keysFromJson } from '../../../lambdas/access/keys';

const CURRENT = 'c'.repeat(32);
const PREVIOUS = 'p'.repeat(43);

describe('keys', () => {
  it.each([
    ['current alone', { current: CURRENT }],
    ['both, while a rotation is under way', { current: CURRENT, previous: PREVIOUS }],
  ])('are read with %s', (_, keys) => {
    expect(keysFromJson(JSON.stringify(keys), 'the secret')).toEqual(keys);
  });

  it('have no other fields', () => {
    const text = JSON.stringify({ current: CURRENT, owner: 'somebody' });
    expect(keysFromJson(text, 'the secret')).toEqual({ current: CURRENT });
  });

  it.each([
    ['', 'the secret is not JSON'],
    [`${CURRENT}-secret`, 'the secret is not JSON'],
    [`"${CURRENT}-secret"`, 'the secret is no JSON object'],
    [`["${CURRENT}-secret"]`, 'the secret is no JSON object'],
    ['null', 'the secret is no JSON object'],
    ['{}', 'the secret: current is no text of 32 characters or more'],
    ['{"current": "too short a secret"}', 'the secret: current is no text of 32 characters or more'],
    ['{"current": 5}', 'the secret: current is no text of 32 characters or more'],
    [
      `{"current": "${CURRENT}", "previous": "a short secret"}`,
      'the secret: previous is no text of 32 characters or more',
    ],
    [`{"current": "${CURRENT}", "previous": null}`, 'the secret: previous is no text of 32 characters or more'],
  ])('%j are refused, with a reason that does not quote the text', (text, message) => {
    let thrown: unknown;
    try {
      keysFromJson(text, 'the secret');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'KeysError', message });
    expect(thrown).not.toHaveProperty('cause');
  });
});
