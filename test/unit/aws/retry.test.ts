import { createRetry } from '../../../lambdas/aws/retry';
import { ConnectionError, type ConnectionErrorCode } from '../../../lambdas/ports/connections';
import { type Deferred, deferred } from '../../support/deferred';
import { createFakeClock } from '../../support/fake-clock';

/** Calls that stay open until the test settles them. */
function prepare() {
  const clock = createFakeClock();
  const withRetries = createRetry(clock);
  const open: Deferred<string>[] = [];
  const results: string[] = [];

  async function start(count: number): Promise<void> {
    for (let calls = 0; calls < count; calls += 1) {
      const call = () => {
        const answer = deferred<string>();
        open.push(answer);
        return answer.promise;
      };
      withRetries(call, 'at_least_once').then(
        (result) => results.push(result),
        (error) => results.push(error.code),
      );
    }
    await settle();
  }
  async function settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
  /** Settles all open calls, and returns how many there were. */
  async function answer(outcome: 'ok' | ConnectionErrorCode): Promise<number> {
    clock.advance(15);
    for (const call of open.splice(0)) {
      if (outcome === 'ok') call.resolve(outcome);
      else call.reject(new ConnectionError(outcome));
    }
    await settle();
    return open.length;
  }
  return { clock, withRetries, open, results, start, answer };
}

describe('back-off', () => {
  it.each<[string, ConnectionErrorCode, 'at_most_once' | 'at_least_once', number]>([
    ['4 times if it is throttled', 'throttled', 'at_most_once', 4],
    ['once if it fails, because it may have arrived', 'failed', 'at_most_once', 1],
    ['8 times if it is throttled', 'throttled', 'at_least_once', 8],
    ['8 times if it fails', 'failed', 'at_least_once', 8],
    ['once if it is forbidden', 'forbidden', 'at_least_once', 1],
    ['once if it is too large', 'too_large', 'at_least_once', 1],
  ])('tries a call %s', async (_, code, patience, tries) => {
    const { withRetries, clock } = prepare();
    const call = jest.fn(() => Promise.reject(new ConnectionError(code)));
    await expect(withRetries(call, patience)).rejects.toMatchObject({ code });
    expect(call).toHaveBeenCalledTimes(tries);
    const waits = { at_most_once: [100, 200, 400], at_least_once: [50, 100, 200, 400, 800, 800, 800] }[patience].slice(
      0,
      tries - 1,
    );
    expect(clock.slept.map((wait, index) => wait >= (waits[index] ?? 0) / 2 && wait < (waits[index] ?? 0))).toEqual(
      waits.map(() => true),
    );
  });

  it('lets 10 calls run at first, and more with each successful round, up to 50', async () => {
    const { start, answer, open } = prepare();
    await start(3_000);
    const rounds = [open.length];
    while (rounds.length < 60) rounds.push(await answer('ok'));
    expect(rounds.slice(0, 4)).toEqual([10, 10, 11, 12]);
    expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
    expect(rounds.at(-1)).toBe(50);
  });

  it('lets fewer run after each round with a throttled call, but never fewer than 4', async () => {
    const { start, answer, results, clock } = prepare();
    clock.sleep = async () => {};
    await start(1_000);
    const rounds: number[] = [];
    for (let round = 0; round < 7; round += 1) rounds.push(await answer('throttled'));
    expect(rounds).toEqual(Array(7).fill(10)); // each keeps its place while it waits for its next attempt
    expect(await answer('throttled')).toBe(4); // gave up
    expect(results).toEqual(Array(10).fill('throttled'));
  });

  it('treats calls that were throttled at the same time as a single signal', async () => {
    const { start, answer, clock } = prepare();
    clock.sleep = async () => {};
    await start(1_000);
    await answer('throttled');
    const rounds = [await answer('ok'), await answer('ok')];
    expect(rounds).toEqual([9, 10]); // 10 less 15 %, plus one a round
  });

  it('gives every call its turn and its own result', async () => {
    const { start, answer, results } = prepare();
    await start(300);
    while ((await answer('ok')) > 0);
    expect(results).toEqual(Array(300).fill('ok'));
  });

  it('does not delay calls whose caller waits', async () => {
    const { start, withRetries } = prepare();
    await start(100);
    await expect(withRetries(async () => 'sent', 'at_most_once')).resolves.toBe('sent');
  });
});
