import { createCachedKeys } from '../../../lambdas/access/cached-keys';
import type { Keys } from '../../../lambdas/ports/key-source';
import { deferred } from '../../support/deferred';
import { createFakeClock } from '../../support/fake-clock';

const keysNumber = (number: number): Keys => ({ current: String(number).padStart(32, '0') });

function prepare() {
  const clock = createFakeClock();
  let reads = 0;
  const read = async () => {
    reads += 1;
    return keysNumber(reads);
  };
  return { clock, source: createCachedKeys(read, clock), reads: () => reads };
}

describe('cached keys', () => {
  it('are read at most once in 30 seconds, however often they are used', async () => {
    const { clock, source, reads } = prepare();
    for (let second = 0; second < 30; second++) {
      expect(await source.get()).toEqual(keysNumber(1));
      clock.advance(999);
    }
    expect(reads()).toBe(1);
    clock.advance(30);
    expect(await source.get()).toEqual(keysNumber(2));
  });

  it('are read again for a credential that matches none of them, but at most once a second', async () => {
    const { clock, source, reads } = prepare();
    await source.get();
    clock.advance(999);
    expect(await source.refresh()).toEqual(keysNumber(1));
    clock.advance(1);
    expect(await source.refresh()).toEqual(keysNumber(2));
    expect(await source.refresh()).toEqual(keysNumber(2));
    expect(await source.get()).toEqual(keysNumber(2));
    expect(reads()).toBe(2);
  });

  it('are read again if the clock is set back, because their age is unknown', async () => {
    const { clock, source } = prepare();
    await source.get();
    clock.advance(-3_600_000);
    expect(await source.get()).toEqual(keysNumber(2));
  });

  it('share one read among concurrent callers', async () => {
    const answer = deferred<Keys>();
    let reads = 0;
    const read = () => {
      reads += 1;
      return answer.promise;
    };
    const source = createCachedKeys(read, createFakeClock());
    const asked = [source.get(), source.refresh(), source.get()];
    answer.resolve(keysNumber(1));
    expect(await Promise.all(asked)).toEqual([keysNumber(1), keysNumber(1), keysNumber(1)]);
    expect(reads).toBe(1);
  });

  it('count their age from the start of the read, so a change during the read is noticed in time', async () => {
    const clock = createFakeClock();
    let reads = 0;
    const read = async () => {
      clock.advance(15_000);
      reads += 1;
      return keysNumber(reads);
    };
    const source = createCachedKeys(read, clock);
    await source.get();
    clock.advance(15_000);
    expect(await source.get()).toEqual(keysNumber(2));
  });

  it('do not cache a failure: the next caller retries', async () => {
    const answers = [Promise.reject(new Error('throttled')), Promise.resolve(keysNumber(1))];
    const source = createCachedKeys(() => answers.shift() as Promise<Keys>, createFakeClock());
    await expect(source.get()).rejects.toThrow('throttled');
    expect(await source.get()).toEqual(keysNumber(1));
  });

  it('fail once they are too old and cannot be refreshed, so that a retired key does not stay valid', async () => {
    const clock = createFakeClock();
    const answers = [Promise.resolve(keysNumber(1)), Promise.reject(new Error('throttled'))];
    const source = createCachedKeys(() => answers.shift() as Promise<Keys>, clock);
    await source.get();
    clock.advance(30_000);
    await expect(source.get()).rejects.toThrow('throttled');
  });
});
