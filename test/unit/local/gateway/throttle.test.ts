import { createThrottle } from '../../../../local/gateway/throttle';
import { createTestClock } from '../../../support/gateway-clock';

describe('a throttle', () => {
  it('allows a burst of one second, then the sustained rate', () => {
    const clock = createTestClock();
    const throttle = createThrottle(10, clock);
    const passed = () => Array.from({ length: 20 }, throttle).filter(Boolean).length;
    expect(passed()).toBe(10);
    clock.advance(500);
    expect(passed()).toBe(5);
    clock.advance(60_000);
    expect(passed()).toBe(10);
  });

  it('keeps its rate when the clock is set back', () => {
    const clock = createTestClock();
    const throttle = createThrottle(10, clock);
    clock.jump(-3_600_000);
    expect(throttle()).toBe(true);
  });

  it('allows everything without a rate', () => {
    const throttle = createThrottle(undefined, createTestClock());
    expect(Array.from({ length: 10_000 }, throttle)).not.toContain(false);
  });
});
