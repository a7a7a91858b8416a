import { createThrottle } from '../../../../local/gateway/throttle';
import { createTestClock } from '../../../support/gateway-clock';

describe('a throttle', () => {
  it('lets a second of its rate pass at once, and then at the rate', () => {
    const clock = createTestClock();
    const throttle = createThrottle(10, clock);
    const passed = () => Array.from({ length: 20 }, throttle).filter(Boolean).length;
    expect(passed()).toBe(10);
    clock.advance(500);
    expect(passed()).toBe(5);
    clock.advance(60_000);
    expect(passed()).toBe(10);
  });

  it('goes on at its rate where the clock is set back', () => {
    const clock = createTestClock();
    const throttle = createThrottle(10, clock);
    clock.jump(-3_600_000);
    expect(throttle()).toBe(true);
  });

  it('without a rate lets everything pass', () => {
    const throttle = createThrottle(undefined, createTestClock());
    expect(Array.from({ length: 10_000 }, throttle)).not.toContain(false);
  });
});
