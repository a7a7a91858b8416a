import { createBackOff } from '../../../lambdas/connections/back-off';
import { ConnectionError, type ConnectionErrorCode } from '../../../lambdas/connections/connections';
import { type Deferred, deferred } from '../../support/deferred';
import { createFakeClock } from '../../support/fake-clock';

/** Calls that wait until the test says what comes of them. */
function prepare() {
  const clock = createFakeClock();
  const withBackOff = createBackOff(clock);
  const open: Deferred<string>[] = [];
  const results: string[] = [];

  async function start(count: number): Promise<void> {
    for (let calls = 0; calls < count; calls += 1) {
      const call = () => {
        const answer = deferred<string>();
        open.push(answer);
        return answer.promise;
      };
      withBackOff(call, 'long').then(
        (result) => results.push(result),
        (error) => results.push(error.code),
      );
    }
    await settle();
  }
  async function settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
  /** Answers all calls that are open now; gives how many are open then. */
  async function answer(outcome: 'ok' | ConnectionErrorCode): Promise<number> {
    clock.advance(15);
    for (const call of open.splice(0)) {
      if (outcome === 'ok') call.resolve(outcome);
      else call.reject(new ConnectionError(outcome));
    }
    await settle();
    return open.length;
  }
  return { clock, withBackOff, open, results, start, answer };
}

describe('back-off', () => {
  it.each<[string, ConnectionErrorCode, 'brief' | 'long', number]>([
    ['briefly where it was throttled', 'throttled', 'brief', 4],
    ['once where nobody knows what came of it, as it might arrive twice', 'failed', 'brief', 1],
    ['for long where it was throttled', 'throttled', 'long', 8],
    ['for long where it failed', 'failed', 'long', 8],
    ['once where it is forbidden', 'forbidden', 'long', 1],
    ['once where it is too large', 'too_large', 'long', 1],
  ])('a call is tried %s', async (_, code, patience, tries) => {
    const { withBackOff, clock } = prepare();
    const call = jest.fn(() => Promise.reject(new ConnectionError(code)));
    await expect(withBackOff(call, patience)).rejects.toMatchObject({ code });
    expect(call).toHaveBeenCalledTimes(tries);
    const waits = { brief: [100, 200, 400], long: [50, 100, 200, 400, 800, 800, 800] }[patience].slice(0, tries - 1);
    expect(clock.slept.map((wait, index) => wait >= (waits[index] ?? 0) / 2 && wait < (waits[index] ?? 0))).toEqual(
      waits.map(() => true),
    );
  });

  it('lets 10 calls run at first, and more from round to round while they get through, up to 50', async () => {
    const { start, answer, open } = prepare();
    await start(3_000);
    const rounds = [open.length];
    while (rounds.length < 60) rounds.push(await answer('ok'));
    expect(rounds.slice(0, 4)).toEqual([10, 10, 11, 12]);
    expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
    expect(rounds.at(-1)).toBe(50);
  });

  it('lets fewer run after each round with any that were throttled, but never fewer than 4', async () => {
    const { start, answer, results, clock } = prepare();
    clock.sleep = async () => {};
    await start(1_000);
    const rounds: number[] = [];
    for (let round = 0; round < 7; round += 1) rounds.push(await answer('throttled'));
    expect(rounds).toEqual(Array(7).fill(10)); // each still has its place, while it waits for its next try
    expect(await answer('throttled')).toBe(4); // given up
    expect(results).toEqual(Array(10).fill('throttled'));
  });

  it('takes many that were throttled at the same time for one sign', async () => {
    const { start, answer, clock } = prepare();
    clock.sleep = async () => {};
    await start(1_000);
    await answer('throttled');
    const rounds = [await answer('ok'), await answer('ok')];
    expect(rounds).toEqual([9, 10]); // 10 less 15 %, and one more a round
  });

  it('gives every call its turn, and its own result', async () => {
    const { start, answer, results } = prepare();
    await start(300);
    while ((await answer('ok')) > 0);
    expect(results).toEqual(Array(300).fill('ok'));
  });

  it('holds up no call that somebody waits for', async () => {
    const { start, withBackOff } = prepare();
    await start(100);
    await expect(withBackOff(async () => 'sent', 'brief')).resolves.toBe('sent');
  });
});
