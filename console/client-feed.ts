/** Polls one client and its messages while its view is open. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { CallState, Client, Message } from './answers';
import { ApiError, call, repeat } from './api';
import { countFailure } from './failures';
import { answersIn, callIdOf, createHistory, type HistoryPage } from './history';
import { CLIENT_LOOK_AFTER } from './intervals';
import { clientChanges, isLive, type RunningReply, replies as runningReplies } from './live';

/** Polling interval in milliseconds; with live updates it is only a fallback for missed changes. */
const LOOK_EVERY = 2_000;
const LOOK_EVERY_LIVE = 15_000;

/** Maximum number of pending calls to poll, newest first. */
const CALLS_PER_LOOK = 5;

export interface ClientFeed {
  /** `null` if it is not connected. */
  client: Signal<Client | null | undefined>;
  /** Oldest first; undefined until the first poll. */
  messages: Signal<readonly Message[] | undefined>;
  /** Those messages that are answered, with their answers. */
  answers: ReadonlySignal<ReadonlyMap<Message, Message>>;
  isUnknown: Signal<boolean>;
  /** The error of the last poll, if it failed. */
  failure: Signal<ApiError | undefined>;
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
  const hasOlder = signal(false);
  const history = createHistory(
    (limit, cursor) => {
      const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      return call<HistoryPage>('GET', `${path}/messages?limit=${limit}${from}`);
    },
    (conversation) => {
      messages.value = conversation.messages;
      hasOlder.value = conversation.hasOlder;
    },
  );
  const answers = computed(() => answersIn(messages.value ?? []));
  const isUnknown = signal(false);
  const failure = signal<ApiError | undefined>(undefined);
  const calls = signal<ReadonlyMap<string, CallState>>(new Map());
  const replies = signal<readonly RunningReply[]>([]);

  async function lookAtClient(): Promise<void> {
    try {
      client.value = await call<Client>('GET', path);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      client.value = null;
    }
  }

  async function lookAtCalls(): Promise<void> {
    const open = unansweredCalls(messages.value ?? [], answers.value).filter((id) => !isOver(calls.value.get(id)));
    if (open.length === 0) return;
    const states = await Promise.all(
      open.slice(-CALLS_PER_LOOK).map((id) => call<CallState>('GET', `calls/${encodeURIComponent(id)}`)),
    );
    calls.value = new Map([...calls.value, ...states.map((state) => [state.call_id, state] as const)]);
  }

  /** One at a time: two concurrent polls would both find the same new messages. Calls meanwhile share the next poll. */
  let looking = Promise.resolve();
  let queued: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  function look(): Promise<void> {
    queued ??= looking.then(untilNextLook).then(() => {
      queued = undefined;
      lookedAt = performance.now();
      looking = lookOnce();
      return looking;
    });
    return queued;
  }

  async function untilNextLook(): Promise<void> {
    const left = lookedAt + CLIENT_LOOK_AFTER - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  }

  async function lookOnce(): Promise<void> {
    if (isStopped) return;
    try {
      await Promise.all([lookAtClient(), history.look()]);
      isUnknown.value = false;
      failure.value = undefined;
      await lookAtCalls();
    } catch (error) {
      if (isNotFound(error)) isUnknown.value = messages.value === undefined;
      else failure.value = countFailure(error);
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
    answers,
    isUnknown,
    failure,
    hasOlder,
    calls,
    replies,
    look,
    readOlder: history.readOlder,
    stop() {
      isStopped = true;
      for (const end of ends) end();
    },
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

function isOver(state: CallState | undefined): boolean {
  return state !== undefined && state.status !== 'pending';
}

function unansweredCalls(messages: readonly Message[], answers: ReadonlyMap<Message, Message>): string[] {
  return messages.flatMap((message) => {
    const callId = message.direction === 'out' && message.type === 'tool_call' ? callIdOf(message) : undefined;
    return callId !== undefined && !answers.has(message) ? [callId] : [];
  });
}
