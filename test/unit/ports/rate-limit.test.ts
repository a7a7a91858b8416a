import { intervalOf, verdictOf, WITHIN_RATE } from '../../../lambdas/ports/rate-limit';

const LIMIT = { perSecond: 20, burst: 100 };
const NOW = Date.UTC(2026, 0, 1);

/** The verdict on the last of this many simultaneous messages. */
function verdictOn(messages: number) {
  return verdictOf(NOW + messages * intervalOf(LIMIT), NOW, LIMIT);
}

describe('the rate of a client', () => {
  it('uses up one interval per message', () => {
    expect(intervalOf(LIMIT)).toBe(50);
  });

  it('accepts a whole burst, and not a single message more', () => {
    expect(verdictOn(100)).toEqual(WITHIN_RATE);
    expect(verdictOn(101)).toEqual({ retryAfterMs: 100, isFlood: false });
  });

  it('rounds the wait up, so that a client that waits is not too early', () => {
    expect(verdictOf(NOW + 5_000.25, NOW, LIMIT)).toEqual({ retryAfterMs: 51, isFlood: false });
  });

  it('reports a flood at four bursts above the burst', () => {
    expect(verdictOn(500)).toMatchObject({ isFlood: false });
    expect(verdictOn(501)).toMatchObject({ isFlood: true });
  });
});
