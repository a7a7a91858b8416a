/** Repeatable random numbers: the same numbers for the same seed. */

/** Numbers from 0 to 1, like `Math.random`. */
export type Random = () => number;

/** Mulberry32: 32 bits of state, good enough for delays and shares. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** In milliseconds: at least `least`, and `mean` on average. */
export interface Duration {
  least: number;
  mean: number;
}

/** A time with a tail: sometimes several times the mean. */
export function drawTime(random: Random, { least, mean }: Duration): number {
  return least - (mean - least) * Math.log(1 - random());
}
