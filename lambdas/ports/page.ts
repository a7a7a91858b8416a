/** Pages of lists, and their cursors. */

/** Some rows, and where to continue; no `cursor` on the last page. */
export interface Page<Row> {
  rows: Row[];
  cursor?: string;
}

export interface PageRequest {
  /** Largest number of rows. A page can have fewer and still not be the last. */
  limit: number;
  /** From an earlier page. */
  cursor?: string;
}

/** A cursor that does not belong to this list. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';

  constructor() {
    super('not a cursor of this list');
  }
}
