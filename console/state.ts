/** The state of the console, and the two calls that refresh it: `GET /status` and pages of `GET /clients`. */
import { computed, signal } from '@preact/signals';
import type { Client } from './answers';
import { ApiError, call, keyChanges, type Repeated, repeat } from './api';
import { ClientTable, filtered, type Row, type SortKey, sorted } from './client-table';
import { PAGE_EVERY, PAGE_SIZE, STATUS_EVERY } from './intervals';
import { hour, listChanges, startListening } from './live';
import { findProblems, HOUR, type Sample } from './problems';

/** Milliseconds for which reported changes are batched before a read. */
const LIST_AFTER = 500;

/** Milliseconds for which the server's last sample is valid. */
const FRESH = 60_000;

export interface ServerStatus {
  connected_clients: number;
  server_time: string;
  version: string;
  uptime_seconds: number;
  heartbeat_seconds?: number;
}

interface ClientPage {
  clients: Client[];
  total: number;
  next_cursor?: string;
}

export const status = signal<ServerStatus | undefined>(undefined);
/** The error of the last status call, if it failed. */
export const failure = signal<ApiError | undefined>(undefined);
/** The same for the last page of clients. */
export const listFailure = signal<ApiError | undefined>(undefined);
export const rows = signal<readonly Row[]>([]);
/** Whether every connected client has been read once. */
export const isComplete = signal(false);
/** Samples that this page took itself. */
export const samples = signal<readonly Sample[]>([]);
export const search = signal('');
export const sortKey = signal<SortKey>('newest');
/** The estimated server time, milliseconds since 1970. */
export const now = signal(Date.now());

const sortedRows = computed(() => sorted(rows.value, sortKey.value));
export const shownRows = computed(() => filtered(sortedRows.value, search.value));
export const rate = computed(() => rows.value.reduce((sum, row) => sum + row.rate, 0));
/** Whether the samples come from the server. */
export const isCounted = computed(() => now.value - (hour.value.at(-1)?.at ?? 0) < FRESH);
/** Samples of the last hour: the server's, or else those of this page. */
export const hourSamples = computed(() => (isCounted.value ? hour.value.map(sampleOf) : samples.value));
export const problems = computed(() =>
  findProblems({
    rows: rows.value,
    samples: samples.value,
    failure: failure.value,
    now: now.peek(),
    skew,
    heartbeatSeconds: status.value?.heartbeat_seconds,
  }),
);

function sampleOf({ errors, ...counted }: (typeof hour.value)[number]): Sample {
  return { ...counted, errors: Object.values(errors).reduce((sum, count) => sum + count, 0) };
}

let table = new ClientTable();
/** Of the next page of clients. */
let cursor: string | undefined;
let skew = 0;
/** Failed calls of this page since the last sample. */
let failed = 0;

keyChanges.subscribe(() => {
  table = new ClientTable();
  cursor = undefined;
  rows.value = [];
  isComplete.value = false;
  samples.value = [];
  status.value = failure.value = listFailure.value = undefined;
});

/** Counts what a call of this page ended with, for the hour's errors. */
export function countFailure(error: unknown): ApiError {
  const apiError = error instanceof ApiError ? error : new ApiError(0, String(error));
  if (apiError.status !== 401 && apiError.status !== 403) failed += 1;
  return apiError;
}

async function lookAtStatus(): Promise<void> {
  try {
    const answer = await call<ServerStatus>('GET', 'status');
    skew = Date.parse(answer.server_time) - Date.now();
    status.value = answer;
    failure.value = undefined;
  } catch (error) {
    failure.value = countFailure(error);
  }
  now.value = Date.now() + skew;
  const clients = failure.value ? undefined : status.value?.connected_clients;
  const sample = { at: now.value, clients, rate: rate.value, errors: failed };
  failed = 0;
  samples.value = [...samples.value.filter(({ at }) => at > now.value - HOUR), sample];
}

async function readPage(cursor: string | undefined): Promise<string | undefined> {
  const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  const page = await call<ClientPage>('GET', `clients?limit=${PAGE_SIZE}${query}`);
  table.add(page.clients, Date.now());
  if (page.next_cursor === undefined) {
    table.endSweep();
    isComplete.value = true;
  }
  rows.value = table.rows();
  return page.next_cursor;
}

/** Reads all pages at first, then one page per interval. */
function readClients(): Repeated {
  return repeat(
    () => PAGE_EVERY,
    async () => {
      try {
        do cursor = await readPage(cursor);
        while (cursor !== undefined && !isComplete.value);
        listFailure.value = undefined;
      } catch (error) {
        listFailure.value = countFailure(error);
        cursor = undefined;
      }
    },
  );
}

/** A client that this page has disconnected. */
export function forgetClient(clientId: string): void {
  table.remove(clientId);
  rows.value = table.rows();
}

export function startPolling(): void {
  repeat(() => STATUS_EVERY, lookAtStatus);
  const { soon } = readClients();
  startListening();
  let isWaiting = false;
  listChanges.subscribe(() => {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      soon();
    }, LIST_AFTER);
  });
  setInterval(() => {
    now.value = Date.now() + skew;
  }, 1_000);
}
