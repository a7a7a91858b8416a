import { keysFromJson } from '../../../lambdas/access/keys';

const CURRENT = 'c'.repeat(32);
const PREVIOUS = 'p'.repeat(43);

describe('keys', () => {
  it.each([
    ['only current', { current: CURRENT }],
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
    [`"${CURRENT}-secret"`, 'the secret is not a JSON object'],
    [`["${CURRENT}-secret"]`, 'the secret is not a JSON object'],
    ['null', 'the secret is not a JSON object'],
    ['{}', 'the secret: current is not a text of at least 32 characters'],
    ['{"current": "too short a secret"}', 'the secret: current is not a text of at least 32 characters'],
    ['{"current": 5}', 'the secret: current is not a text of at least 32 characters'],
    [
      `{"current": "${CURRENT}", "previous": "a short secret"}`,
      'the secret: previous is not a text of at least 32 characters',
    ],
    [`{"current": "${CURRENT}", "previous": null}`, 'the secret: previous is not a text of at least 32 characters'],
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
