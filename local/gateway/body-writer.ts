/** Writes large bodies a slice at a time, as their clients read: a megabyte at once takes milliseconds in which nobody else is served. */
import type { ServerResponse } from 'node:http';
import { createPace } from './pace';

/** Bytes that are written at once. */
const SLICE_BYTES = 131_072;

/** Slices per turn of the event loop, of all answers. */
const SLICES_A_TURN = 4;

export type WriteBody = (response: ServerResponse, body: Buffer) => void;

/** @param nextTurn  `setImmediate` where left out */
export function createBodyWriter(nextTurn?: (callback: () => void) => void): WriteBody {
  const pace = createPace(SLICES_A_TURN, nextTurn);

  function writeFrom(response: ServerResponse, body: Buffer, at: number): void {
    if (response.destroyed) return;
    const end = at + SLICE_BYTES;
    if (end >= body.length) return void response.end(body.subarray(at));
    const next = () => pace(() => writeFrom(response, body, end));
    if (response.write(body.subarray(at, end))) next();
    else response.once('drain', next);
  }

  return function writeBody(response, body) {
    if (body.length <= SLICE_BYTES) response.end(body);
    else pace(() => writeFrom(response, body, 0));
  };
}
