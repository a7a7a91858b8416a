import { waitFrom } from '../../../lambdas/http/prefer';

describe('the header Prefer', () => {
  it.each<[string, string | undefined, number | undefined]>([
    ['is missing', undefined, undefined],
    ['is empty', '', undefined],
    ['asks for seconds', 'wait=10', 10],
    ['asks for more than a call may take', 'wait=3600', 25],
    ['asks for more than a number holds', `wait=${'9'.repeat(400)}`, 25],
    ['asks for none', 'wait=0', undefined],
    ['has capitals and spaces', ' WAIT = 10 ', 10],
    ['has its value in quotes', 'wait="10"', 10],
    ['has parameters', 'wait=10; foo=bar', 10],
    ['is one of several preferences', 'respond-async, wait=10, return=minimal', 10],
    ['has wait twice: the first counts', 'wait=10, wait=20', 10],
    ['has wait as a parameter of another preference', 'respond-async; wait=10', undefined],
    ['has wait in the text of another preference', 'note="a, wait=10, b"', undefined],
    ['only has other preferences', 'await=10', undefined],
    ['has no number', 'wait=soon', undefined],
    ['has a fraction', 'wait=1.5', undefined],
    ['has a negative number', 'wait=-1', undefined],
    ['has one quote', 'wait="10', undefined],
  ])('that %s: %j', (_, header, seconds) => {
    expect(waitFrom(header)).toBe(seconds);
  });

  /** Far longer than a server accepts: a regular expression that is not linear would run into the timeout of the test. */
  it('of a million quotes is parsed in linear time', () => {
    expect(waitFrom('"'.repeat(999_999))).toBeUndefined();
  });
});
