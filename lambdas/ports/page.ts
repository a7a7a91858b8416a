/** Pages of lists, and the cursors between them. */

/** Some rows, and where to go on: without a `cursor` these were the last. */
export interface Page<Row> {
  rows: Row[];
  cursor?: string;
}

export interface PageRequest {
  /** The most rows that the page may have. It can have fewer and still not be the last. */
  limit: number;
  /** From an earlier page. */
  cursor?: string;
}

/** A cursor that no page of this list gave. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';

  constructor() {
    super('not a cursor of this list');
  }
}
