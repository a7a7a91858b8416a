/** Cursors of the in-memory stores: the number of the last row, as text. */
import { InvalidCursorError } from '../../lambdas/ports/page';

/** @throws InvalidCursorError */
export function orderFromCursor(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw new InvalidCursorError();
  return Number(cursor);
}
