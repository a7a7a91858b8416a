/** Starts a limited number of things per turn of the event loop, first come, first served, so that other events are handled in between. */

export type Pace = (begin: () => void) => void;

/** @param nextTurn  default: `setImmediate` */
export function createPace(mostInTurn: number, nextTurn: (callback: () => void) => void = setImmediate): Pace {
  const waiting: (() => void)[] = [];
  let begun = 0;
  let isAwaited = false;

  function awaitTurn(): void {
    if (isAwaited) return;
    isAwaited = true;
    nextTurn(endTurn);
  }

  function endTurn(): void {
    isAwaited = false;
    begun = Math.min(mostInTurn, waiting.length);
    if (begun === 0) return;
    for (const begin of waiting.splice(0, begun)) begin();
    awaitTurn();
  }

  return function pace(begin) {
    awaitTurn();
    if (begun >= mostInTurn) return void waiting.push(begin);
    begun += 1;
    begin();
  };
}
