/** The rows of a paged call, read again at an interval while a view shows them. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { type ApiError, repeat } from './api';
import { countFailure } from './failures';

interface RowPage<Row> {
  rows: readonly Row[];
  next_cursor: string | undefined;
}

export interface PagedFeed<Row> {
  /** Undefined until the first read. */
  rows: ReadonlySignal<readonly Row[] | undefined>;
  hasMore: ReadonlySignal<boolean>;
  /** The error of the last read, if it failed. */
  failure: ReadonlySignal<ApiError | undefined>;
  /** Shows one more page from now on. */
  readMore(): void;
  stop(): void;
}

/** @param every  milliseconds between two reads of the shown pages */
export function createPagedFeed<Row>(
  every: number,
  readPage: (cursor: string | undefined) => Promise<RowPage<Row>>,
): PagedFeed<Row> {
  const rows = signal<readonly Row[] | undefined>(undefined);
  const hasMore = signal(false);
  const failure = signal<ApiError | undefined>(undefined);
  let pages = 1;

  async function read(): Promise<void> {
    const read: Row[] = [];
    let cursor: string | undefined;
    try {
      for (let count = 0; count < pages && (count === 0 || cursor !== undefined); count++) {
        const page = await readPage(cursor);
        read.push(...page.rows);
        cursor = page.next_cursor;
      }
      rows.value = read;
      hasMore.value = cursor !== undefined;
      failure.value = undefined;
    } catch (error) {
      failure.value = countFailure(error);
    }
  }

  const { soon, stop } = repeat(() => every, read);
  return {
    rows,
    hasMore,
    failure,
    readMore() {
      pages += 1;
      soon();
    },
    stop,
  };
}
