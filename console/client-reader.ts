/** Reads connected clients by pages of `GET /clients`: all pages at first, then one page per interval. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Client } from './answers';
import { type ApiError, call, repeat } from './api';
import { ClientTable, type Row } from './client-table';
import { countFailure } from './failures';
import { LIST_AFTER, PAGE_EVERY, PAGE_SIZE } from './intervals';
import { listChanges } from './live';

interface ClientPage {
  clients: Client[];
  total: number;
  next_cursor?: string;
}

export interface ClientReader {
  rows: ReadonlySignal<readonly Row[]>;
  /** Number of clients by the server's count. */
  total: ReadonlySignal<number>;
  /** Whether every connected client has been read once. */
  isComplete: ReadonlySignal<boolean>;
  /** The error of the last page, if it failed. */
  failure: ReadonlySignal<ApiError | undefined>;
  /** Removes a client that this page has disconnected. */
  forget(clientId: string): void;
  /** Starts again, with nothing read. */
  reset(): void;
  stop(): void;
}

/** Reads everybody, in every view: the header has their rate and problems. */
const ALWAYS: ReadonlySignal<boolean> = signal(true);

/**
 * @param group    only its members; default: everybody
 * @param isShown  while it is false nothing is read
 */
export function createClientReader(group?: string, isShown = ALWAYS): ClientReader {
  let table = new ClientTable();
  const rows = signal<readonly Row[]>([]);
  const total = signal(0);
  const isComplete = signal(false);
  const failure = signal<ApiError | undefined>(undefined);
  /** For the next page. */
  let cursor: string | undefined;

  async function readPage(): Promise<void> {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
    if (group !== undefined) query.set('group', group);
    if (cursor !== undefined) query.set('cursor', cursor);
    const page = await call<ClientPage>('GET', `clients?${query}`);
    cursor = page.next_cursor;
    table.add(page.clients, Date.now());
    total.value = page.total;
    if (cursor === undefined) {
      table.endSweep();
      isComplete.value = true;
    }
    rows.value = table.rows();
  }

  async function read(): Promise<void> {
    if (!isShown.peek()) return;
    try {
      do await readPage();
      while (cursor !== undefined && !isComplete.value && isShown.peek());
      failure.value = undefined;
    } catch (error) {
      failure.value = countFailure(error);
      cursor = undefined;
    }
  }

  const repeated = repeat(() => PAGE_EVERY, read);

  /** Set while reported changes wait for their one read. */
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;
  const endChanges = listChanges.subscribe(() => {
    if (isFirst || waiting !== undefined) return;
    waiting = setTimeout(() => {
      waiting = undefined;
      repeated.soon();
    }, LIST_AFTER);
  });
  const endShown = isShown.subscribe((shown) => {
    if (shown && !isFirst) repeated.soon();
  });
  isFirst = false;

  return {
    rows,
    total,
    isComplete,
    failure,
    forget(clientId) {
      table.remove(clientId);
      rows.value = table.rows();
    },
    reset() {
      table = new ClientTable();
      cursor = undefined;
      rows.value = [];
      isComplete.value = false;
      failure.value = undefined;
    },
    stop() {
      clearTimeout(waiting);
      endChanges();
      endShown();
      repeated.stop();
    },
  };
}
