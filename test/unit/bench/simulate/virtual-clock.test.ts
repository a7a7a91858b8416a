import { VirtualClock } from '../../../../bench/simulate/virtual-clock';

const HOUR = 3_600_000;

describe('the virtual clock', () => {
  it('wakes sleepers of hours in the order of their deadlines', async () => {
    const clock = new VirtualClock(1_000);
    const woken: string[] = [];
    async function sleeper(name: string, ...hours: number[]) {
      for (const each of hours) {
        await clock.sleep(each * HOUR);
        woken.push(`${name} at ${(clock.now() - 1_000) / HOUR}`);
      }
    }
    await clock.run(Promise.all([sleeper('a', 3, 1), sleeper('b', 1, 1, 1), sleeper('c', 0.5, 3)]));
    expect(woken).toEqual(['c at 0.5', 'b at 1', 'b at 2', 'a at 3', 'b at 3', 'c at 3.5', 'a at 4']);
  });

  it('wakes 1,000 sleepers, earliest first', async () => {
    const clock = new VirtualClock(0);
    const times = Array.from({ length: 1_000 }, (_, index) => (index * 7_919) % 1_000);
    const woken: number[] = [];
    await clock.run(
      Promise.all(
        times.map(async (time) => {
          await clock.sleep(time);
          expect(clock.now()).toBe(time);
          woken.push(time);
        }),
      ),
    );
    expect(woken).toEqual(times.toSorted((a, b) => a - b));
  });

  it('never goes back: a time in the past means now', async () => {
    const clock = new VirtualClock(500);
    await clock.run(clock.until(100));
    expect(clock.now()).toBe(500);
  });

  it('calls back when a timer expires, unless the timer was cancelled', async () => {
    const clock = new VirtualClock(0);
    const called: string[] = [];
    const cancel = clock.setTimer(HOUR, () => called.push('cancelled'));
    clock.setTimer(2 * HOUR, () => called.push(`kept at ${clock.now() / HOUR}`));
    cancel();
    await clock.run(clock.sleep(3 * HOUR));
    expect(called).toEqual(['kept at 2']);
  });

  it('returns what the work returns, and throws what it throws', async () => {
    const clock = new VirtualClock(0);
    await expect(clock.run(clock.sleep(5).then(() => 'done'))).resolves.toBe('done');
    const failing = clock.sleep(5).then(() => {
      throw new Error('broken');
    });
    await expect(clock.run(failing)).rejects.toThrow('broken');
  });

  it('fails if the work waits for something that never happens', async () => {
    await expect(new VirtualClock(0).run(new Promise(() => {}))).rejects.toThrow('never happens');
  });
});
