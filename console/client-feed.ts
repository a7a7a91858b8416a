/** Polls one client and its messages while its view is open. */
import { type Signal, signal } from '@preact/signals';
import type { CallState, Client, Message } from './answers';
import { ApiError, call, repeat } from './api';
import { clientChanges, isLive, type RunningReply, replies as runningReplies } from './live';
import { countFailure } from './state';

/** Polling interval in milliseconds; with live updates it is only a fallback for missed changes. */
const LOOK_EVERY = 2_000;
const LOOK_EVERY_LIVE = 15_000;

/** Messages per poll; more if more arrived since the last one. */
const LOOK_SIZE = 30;

/** Maximum pages per poll; anything earlier counts as older messages. */
const LOOK_PAGES = 5;

const OLDER_SIZE = 100;

/** Maximum number of pending calls to poll, newest first. */
const CALLS_PER_LOOK = 5;

interface HistoryPage {
  messages: Message[];
  next_cursor?: string;
}

export interface ClientFeed {
  /** `null` if it is not connected. */
  client: Signal<Client | null | undefined>;
  /** Oldest first; undefined until the first poll. */
  messages: Signal<readonly Message[] | undefined>;
  isUnknown: Signal<boolean>;
  /** Whether there are older messages than those. */
  hasOlder: Signal<boolean>;
  /** Unanswered calls, by `call_id`. */
  calls: Signal<ReadonlyMap<string, CallState>>;
  /** Replies in progress, if the server reports them. */
  replies: Signal<readonly RunningReply[]>;
  look(): Promise<void>;
  readOlder(): Promise<void>;
  stop(): void;
}

export function createClientFeed(clientId: string): ClientFeed {
  const path = `clients/${encodeURIComponent(clientId)}`;
  const client = signal<Client | null | undefined>(undefined);
  const messages = signal<readonly Message[] | undefined>(undefined);
  const isUnknown = signal(false);
  const hasOlder = signal(false);
  const calls = signal<ReadonlyMap<string, CallState>>(new Map());
  const replies = signal<readonly RunningReply[]>([]);
  /** Of the page before the oldest message. */
  let older: string | undefined;

  const pageAfter = (limit: number, cursor?: string) =>
    call<HistoryPage>(
      'GET',
      `${path}/messages?limit=${limit}${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );

  async function lookAtClient(): Promise<void> {
    try {
      client.value = await call<Client>('GET', path);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      client.value = null;
    }
  }

  /** Reads backwards from the newest message to a known one. */
  async function lookAtMessages(): Promise<void> {
    const known = new Map((messages.value ?? []).map((message) => [keyOf(message), message]));
    const isFirst = messages.value === undefined;
    const fresh: Message[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < LOOK_PAGES; pages++) {
      const page = await pageAfter(isFirst ? OLDER_SIZE : LOOK_SIZE, cursor);
      const news = page.messages.filter((message) => !known.has(keyOf(message)));
      fresh.push(...news);
      cursor = page.next_cursor;
      if (isFirst || cursor === undefined || news.length < page.messages.length) break;
    }
    if (isFirst) setOlder(cursor);
    if (fresh.length > 0 || isFirst) messages.value = [...(messages.value ?? []), ...fresh.reverse()];
  }

  function setOlder(cursor: string | undefined): void {
    older = cursor;
    hasOlder.value = cursor !== undefined;
  }

  async function lookAtCalls(): Promise<void> {
    const open = unansweredCalls(messages.value ?? []).filter((id) => !isOver(calls.value.get(id)));
    if (open.length === 0) return;
    const states = await Promise.all(
      open.slice(-CALLS_PER_LOOK).map((id) => call<CallState>('GET', `calls/${encodeURIComponent(id)}`)),
    );
    calls.value = new Map([...calls.value, ...states.map((state) => [state.call_id, state] as const)]);
  }

  /** One at a time: two concurrent polls would both find the same new messages. */
  let looking = Promise.resolve();
  let queued: Promise<void> | undefined;

  function look(): Promise<void> {
    queued ??= looking.then(() => {
      queued = undefined;
      looking = lookOnce();
      return looking;
    });
    return queued;
  }

  async function lookOnce(): Promise<void> {
    try {
      await Promise.all([lookAtClient(), lookAtMessages()]);
      isUnknown.value = false;
      await lookAtCalls();
    } catch (error) {
      if (isNotFound(error)) isUnknown.value = messages.value === undefined;
      else countFailure(error);
    }
  }

  const { stop } = repeat(() => (isLive.value ? LOOK_EVERY_LIVE : LOOK_EVERY), look);
  const ends = [
    stop,
    clientChanges.subscribe(() => void look()),
    runningReplies.subscribe(async (running) => {
      if (running.length < replies.peek().length) await look(); // an ended reply is a message by now
      replies.value = running;
    }),
  ];

  return {
    client,
    messages,
    isUnknown,
    hasOlder,
    calls,
    replies,
    look,
    async readOlder() {
      const page = await pageAfter(OLDER_SIZE, older);
      setOlder(page.next_cursor);
      messages.value = [...page.messages.reverse(), ...(messages.value ?? [])];
    },
    stop() {
      for (const end of ends) end();
    },
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** A key of a message: both sides choose ids, so the id alone is not unique. */
export function keyOf({ direction, message_id }: Message): string {
  return `${direction}-${message_id}`;
}

function isOver(state: CallState | undefined): boolean {
  return state !== undefined && state.status !== 'pending';
}

/** `call_id` of a call of the team's, or of its answer. */
export function callIdOf({ data }: Message): string | undefined {
  return typeof data.call_id === 'string' ? data.call_id : undefined;
}

function unansweredCalls(messages: readonly Message[]): string[] {
  return messages.flatMap((message) => {
    const callId = message.direction === 'out' && message.type === 'tool_call' ? callIdOf(message) : undefined;
    return callId !== undefined && !answerTo(message, messages) ? [callId] : [];
  });
}

/** The message that answers another one, if it is loaded. */
export function answerTo(message: Message, messages: readonly Message[]): Message | undefined {
  const callId = message.type === 'tool_call' ? callIdOf(message) : undefined;
  return messages.find(
    (other) =>
      other.direction !== message.direction &&
      (other.reply_to === message.message_id ||
        (callId !== undefined && other.type === 'tool_response' && callIdOf(other) === callId)),
  );
}
