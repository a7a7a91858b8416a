/** The messages of one client: follows new ones, and reads older ones on request. Uses no browser API. */
import type { Message } from './answers';

/** Messages per poll; more if more arrived since the last one. */
const LOOK_SIZE = 30;

/** Pages per poll. If even more arrived, the conversation starts again with those, and the others become older messages. */
const LOOK_PAGES = 5;

const OLDER_SIZE = 100;

/** Maximum number of followed messages; then the conversation starts again, so that it does not grow forever. */
const MAX_FOLLOWED = 2_000;

export interface HistoryPage {
  messages: Message[];
  next_cursor?: string;
}

export interface Conversation {
  /** Oldest first, without gaps. */
  messages: readonly Message[];
  /** Whether there are older messages than those. */
  hasOlder: boolean;
}

export interface History {
  /** Reads what is new. */
  look(): Promise<void>;
  readOlder(): Promise<void>;
}

/**
 * @param readPage  newest first; without a cursor from the newest message
 * @param show  called with each change
 */
export function createHistory(
  readPage: (limit: number, cursor?: string) => Promise<HistoryPage>,
  show: (conversation: Conversation) => void,
): History {
  let messages: readonly Message[] = [];
  /** For the page before the oldest message. */
  let older: string | undefined;
  let followed = 0;

  function change(to: readonly Message[], cursor: string | undefined): void {
    messages = to;
    older = cursor;
    show({ messages, hasOlder: older !== undefined });
  }

  function beginWith(newestFirst: readonly Message[], cursor: string | undefined): void {
    followed = 0;
    change(newestFirst.toReversed(), cursor);
  }

  async function begin(): Promise<void> {
    const page = await readPage(OLDER_SIZE);
    beginWith(page.messages, page.next_cursor);
  }

  /** Reads backwards from the newest message to a known one. */
  async function follow(): Promise<void> {
    const known = new Set(messages.map(keyOf));
    const fresh: Message[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < LOOK_PAGES; pages++) {
      const page = await readPage(LOOK_SIZE, cursor);
      const news = page.messages.filter((message) => !known.has(keyOf(message)));
      fresh.push(...news);
      cursor = page.next_cursor;
      if (cursor !== undefined && news.length === page.messages.length) continue;
      followed += fresh.length;
      if (fresh.length > 0) change([...messages, ...fresh.reverse()], older);
      return;
    }
    beginWith(fresh, cursor);
  }

  /** One at a time: two concurrent polls would both find the same messages. */
  let last = Promise.resolve();
  function alone(work: () => Promise<void>): Promise<void> {
    const run = last.then(work);
    last = run.catch(() => {});
    return run;
  }

  return {
    look: () => alone(() => (messages.length === 0 || followed > MAX_FOLLOWED ? begin() : follow())),
    readOlder: () =>
      alone(async () => {
        if (older === undefined) return;
        const page = await readPage(OLDER_SIZE, older);
        change([...page.messages.toReversed(), ...messages], page.next_cursor);
      }),
  };
}

/** A key of a message. Both sides choose ids, and a client may use one more than once. */
export function keyOf({ direction, type, message_id, timestamp }: Message): string {
  return `${timestamp} ${direction} ${type} ${message_id}`;
}

/** `call_id` of one of the team's calls, or of its answer. */
export function callIdOf({ data }: Message): string | undefined {
  return typeof data.call_id === 'string' ? data.call_id : undefined;
}

/** Each answered message with its answer. Of several messages with one id, the first is answered first. */
export function answersIn(messages: readonly Message[]): ReadonlyMap<Message, Message> {
  const answers = new Map<Message, Message>();
  const asked = new Map<string, Message[]>();
  for (const message of messages) {
    const { direction, message_id, reply_to, type } = message;
    const callId = callIdOf(message);
    const other = direction === 'in' ? 'out' : 'in';
    const question =
      takeFirst(asked.get(`${other} id ${reply_to}`), answers) ??
      takeFirst(type === 'tool_response' ? asked.get(`${other} call ${callId}`) : undefined, answers);
    if (question) answers.set(question, message);
    const keys = [`${direction} id ${message_id}`];
    if (type === 'tool_call' && callId !== undefined) keys.push(`${direction} call ${callId}`);
    for (const key of keys) {
      const queue = asked.get(key);
      if (queue) queue.push(message);
      else asked.set(key, [message]);
    }
  }
  return answers;
}

function takeFirst(queue: Message[] = [], answers: ReadonlyMap<Message, Message>): Message | undefined {
  for (;;) {
    const question = queue.shift();
    if (!question || !answers.has(question)) return question;
  }
}
