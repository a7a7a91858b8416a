/** The state of the console: the server's status, and the connected clients. */
import { computed, signal } from '@preact/signals';
import { type ApiError, call, keyChanges, repeat } from './api';
import { type ClientReader, createClientReader } from './client-reader';
import { filtered, type SortKey, sorted } from './client-table';
import { countFailure, takeFailures } from './failures';
import { STATUS_EVERY } from './intervals';
import { hour, startListening } from './live';
import { findProblems, HOUR, type Sample } from './problems';
import { route } from './route';

/** Milliseconds for which the server's last sample is valid. */
const FRESH = 60_000;

export interface ServerStatus {
  connected_clients: number;
  server_time: string;
  version: string;
  uptime_seconds: number;
  heartbeat_seconds?: number;
}

export const status = signal<ServerStatus | undefined>(undefined);
/** The error of the last status call, if it failed. */
export const failure = signal<ApiError | undefined>(undefined);
/** Samples that this page took itself. */
export const samples = signal<readonly Sample[]>([]);
/** Reads all connected clients. */
const everybody = createClientReader();
/** Reads the members of the group that the list is filtered by. */
const ofGroup = signal<{ group: string; reader: ClientReader } | undefined>(undefined);
const isListShown = computed(() => route.value.view === 'clients');
export const search = signal('');
export const sortKey = signal<SortKey>('newest');
/** The estimated server time, milliseconds since 1970. */
export const now = signal(Date.now());

export const groupFilter = computed(() => ofGroup.value?.group ?? '');
/** What the list shows. */
const listed = computed(() => ofGroup.value?.reader ?? everybody);
export const rows = computed(() => listed.value.rows.value);
export const isComplete = computed(() => listed.value.isComplete.value);
export const listFailure = computed(() => listed.value.failure.value);
/** How many clients the complete list has. */
export const listTotal = computed(() => {
  const counted = ofGroup.value ? listed.value.total.value : (status.value?.connected_clients ?? 0);
  return Math.max(counted, rows.value.length);
});
const sortedRows = computed(() => sorted(rows.value, sortKey.value));
export const shownRows = computed(() => filtered(sortedRows.value, search.value));
export const rate = computed(() => everybody.rows.value.reduce((sum, row) => sum + row.rate, 0));
/** Whether the samples come from the server. */
export const isCounted = computed(() => now.value - (hour.value.at(-1)?.at ?? 0) < FRESH);
/** Samples of the last hour: the server's, or else those of this page. */
export const hourSamples = computed(() => (isCounted.value ? hour.value.map(sampleOf) : samples.value));
export const problems = computed(() =>
  findProblems({
    rows: everybody.rows.value,
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

let skew = 0;

/** @param group  empty: everybody */
export function filterByGroup(group: string): void {
  if (group === groupFilter.peek()) return;
  ofGroup.peek()?.reader.stop();
  ofGroup.value = group === '' ? undefined : { group, reader: createClientReader(group, isListShown) };
}

/** What one key has read must not be shown with another. */
keyChanges.subscribe(() => {
  filterByGroup('');
  everybody.reset();
  samples.value = [];
  status.value = failure.value = undefined;
});

/** A client that this page has disconnected. */
export function forgetClient(clientId: string): void {
  for (const reader of [everybody, ofGroup.peek()?.reader]) reader?.forget(clientId);
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
  const sample = { at: now.value, clients, rate: rate.value, errors: takeFailures() };
  samples.value = [...samples.value.filter(({ at }) => at > now.value - HOUR), sample];
}

export function startPolling(): void {
  repeat(() => STATUS_EVERY, lookAtStatus);
  startListening();
  setInterval(() => {
    now.value = Date.now() + skew;
  }, 1_000);
}
