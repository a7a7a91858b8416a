/** Writes large bodies in slices, as fast as clients read: writing a megabyte at once would block all other clients for milliseconds. */
import type { ServerResponse } from 'node:http';
import { createPace } from './pace';

/** Bytes per write. */
const SLICE_BYTES = 131_072;

/** Slices per turn of the event loop, for all answers together. */
const SLICES_A_TURN = 4;

export type WriteBody = (response: ServerResponse, body: Buffer) => void;

/** @param nextTurn  default: `setImmediate` */
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
