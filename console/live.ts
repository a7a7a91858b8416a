/** Live updates: on one machine a stream of events while the tab is visible. On AWS the console polls. */
import { computed, effect, signal } from '@preact/signals';
import { createParser } from 'eventsource-parser';
import { access, openStream, repeat } from './api';
import { route } from './route';

/** A sample of the server, as in `local/live/last-hour.ts`. */
export interface HourSample {
  at: number;
  clients: number;
  rate: number;
  /** By kind. */
  errors: Readonly<Record<string, number>>;
}

/** A reply in progress. */
export interface RunningReply {
  id: number;
  since: string;
  question: string;
  content: string;
}

/** Why there is no stream: the server has none, as on AWS (404), or not for this key (403). */
export const refusedWith = signal<number | undefined>(undefined);
/** True while the stream is open. */
export const isLive = signal(false);
/** Oldest first; empty without a stream. */
export const hour = signal<readonly HourSample[]>([]);
/** Counts changes of the list of connected clients. */
export const listChanges = signal(0);
/** Counts changes of the client whose view is open. */
export const clientChanges = signal(0);
/** For that client. */
export const replies = signal<readonly RunningReply[]>([]);

const HOUR = 3_600_000;

/** Milliseconds before the stream is reopened. */
const AGAIN = 2_000;

const openedId = computed(() => (route.value.view === 'clients' ? route.value.clientId : undefined));

let stream = new AbortController();

const handlers: Record<string, (data: string) => void> = {
  hour(data) {
    const { samples }: { samples: HourSample[] } = JSON.parse(data);
    const from = (samples.at(-1)?.at ?? 0) - HOUR;
    hour.value = [...hour.value, ...samples].filter(({ at }) => at > from);
  },
  list() {
    listChanges.value += 1;
  },
  client() {
    clientChanges.value += 1;
  },
  replies(data) {
    const { client_id, replies: running } = JSON.parse(data);
    if (client_id === openedId.peek()) replies.value = running;
  },
};

async function listen(): Promise<void> {
  if (refusedWith.peek() !== undefined) return;
  stream = new AbortController();
  const query = new URLSearchParams({ after: String(hour.value.at(-1)?.at ?? 0) });
  const clientId = openedId.peek();
  if (clientId !== undefined) query.set('client_id', clientId);
  try {
    const response = await openStream(`console/live?${query}`, stream.signal);
    refusedWith.value = [403, 404].find((status) => status === response.status);
    if (!response.ok || !response.body) return;
    isLive.value = true;
    await read(response.body);
  } catch {
    // the server has gone, or the stream was ended here: the calls of the page say what is wrong
  } finally {
    isLive.value = false;
  }
}

async function read(body: ReadableStream<Uint8Array>): Promise<void> {
  const parser = createParser({ onEvent: ({ event = '', data }) => handlers[event]?.(data) });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

export function startListening(): void {
  const { soon } = repeat(() => AGAIN, listen);
  let isFirst = true;
  const openAgain = () => {
    if (isFirst) return;
    stream.abort();
    soon();
  };
  effect(() => {
    openedId.value; // another client, another stream
    replies.value = [];
    openAgain();
  });
  access.subscribe(() => {
    refusedWith.value = undefined;
    hour.value = [];
    openAgain();
  });
  isFirst = false;
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') stream.abort();
  });
}
