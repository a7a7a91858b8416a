/** A client's messages in both directions, oldest first, with the state of replies and calls. */
import { useEffect, useRef } from 'preact/hooks';
import { stringifyJson } from '../lambdas/protocol/json';
import { toolOutcomeOf } from '../lambdas/protocol/tool-outcome';
import type { CallState, Message } from './answers';
import { call } from './api';
import type { ClientFeed } from './client-feed';
import { callIdOf, keyOf } from './history';
import { ago, clock, duration, t } from './language';
import type { RunningReply } from './live';
import { Tag, useAction, Waiting } from './parts';
import { now } from './state';

export function Conversation({ feed }: { feed: ClientFeed }) {
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const [isBusy, run] = useAction();
  const messages = feed.messages.value;
  const answers = feed.answers.value;
  const replies = feed.replies.value;

  /** Scrolls with the conversation, unless the user has scrolled back. */
  const follow = () => {
    if (list.current && isAtEnd.current) list.current.scrollTop = list.current.scrollHeight;
  };
  useEffect(() => {
    follow();
    requestAnimationFrame(follow); // newly visible entries have their real heights now
  }, [messages, feed.calls.value, replies]);
  useEffect(() => {
    if (!list.current) return;
    const observer = new ResizeObserver(follow); // a phone that is turned, or shows its keyboard
    observer.observe(list.current);
    return () => observer.disconnect();
  }, [messages === undefined]);

  if (!messages) return <Waiting failure={feed.failure.value} />;
  return (
    <section class="conversation" aria-labelledby="conversation">
      <h3 id="conversation">{t('conversation')}</h3>
      {feed.hasOlder.value && (
        <button
          type="button"
          disabled={isBusy}
          onClick={() => {
            isAtEnd.current = false;
            void run(async () => feed.readOlder().then(() => undefined));
          }}
        >
          {t('older')}
        </button>
      )}
      {messages.length + replies.length === 0 && <p class="quiet">{t('nothing_said')}</p>}
      <ol
        ref={list}
        class="messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
        tabIndex={0}
        aria-label={t('conversation')}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {messages.map((message) => (
          <Entry
            key={keyOf(message)}
            message={message}
            answer={answers.get(message)}
            calls={feed.calls.value}
            look={feed.look}
          />
        ))}
        {replies.map((reply) => (
          <Running key={reply.id} reply={reply} />
        ))}
      </ol>
    </section>
  );
}

interface EntryProps {
  message: Message;
  answer: Message | undefined;
  calls: ReadonlyMap<string, CallState>;
  look(): Promise<void>;
}

function Entry({ message, answer, calls, look }: EntryProps) {
  const { direction, type, data, timestamp } = message;
  const callId = type === 'tool_call' && direction === 'out' ? callIdOf(message) : undefined;
  const state = callId === undefined || answer ? undefined : calls.get(callId);
  const status = statusOf(message);
  return (
    <li class="message" data-direction={direction}>
      <div class="head">
        <strong>{type}</strong>
        <span class="quiet">{t(direction === 'in' ? 'from_client' : 'to_client')}</span>
        <time class="quiet" dateTime={timestamp}>
          {clock(timestamp)}
        </time>
        {data.from_api === true && <Tag>{t('from_api')}</Tag>}
        {data.stream === true && <Tag>{t('streamed')}</Tag>}
        {data.simulated === true && <Tag>{t('simulated')}</Tag>}
        {status !== undefined && <Status status={status} />}
      </div>
      <Body message={message} />
      {answer && <p class="quiet small">{answeredAfter(message, answer)}</p>}
      {state && <Progress state={state} look={look} />}
    </li>
  );
}

/** A question and its partial answer. Neither is in the history before the answer is complete. */
function Running({ reply: { since, question, content } }: { reply: RunningReply }) {
  return (
    <>
      <li class="message" data-direction="in">
        <div class="head">
          <strong>chat_message</strong>
          <span class="quiet">{t('from_client')}</span>
          <time class="quiet" dateTime={since}>
            {clock(since)}
          </time>
        </div>
        <p class="text">{question}</p>
      </li>
      <li class="message" data-direction="out">
        <div class="head">
          <strong>chat_response</strong>
          <span class="quiet">{t('to_client')}</span>
          <Tag kind="warn">{t('replying', { ago: ago(since, now.value) })}</Tag>
        </div>
        <p class="text">{content === '' ? '…' : content}</p>
      </li>
    </>
  );
}

function statusOf({ type, data }: Message): string | undefined {
  if (type === 'tool_response') return toolOutcomeOf(data);
  return typeof data.status === 'string' ? data.status : undefined;
}

function answeredAfter({ timestamp }: Message, answer: Message): string {
  const time = Math.max(0, Date.parse(answer.timestamp) - Date.parse(timestamp));
  return t('answered_after', { time: duration(time) });
}

const STATUSES = ['completed', 'failed', 'cancelled', 'pending', 'expired', 'success'] as const;
const KINDS: Record<string, string> = { completed: 'good', failed: 'bad', pending: 'warn' };

function Status({ status }: { status: string }) {
  const known = STATUSES.find((one) => one === status);
  return <Tag kind={KINDS[status]}>{known ? t(`status_${known}`) : status}</Tag>;
}

/** The text of a chat, a summary of a tool's call or answer, and any other data as JSON. */
function Body({ message: { type, data } }: { message: Message }) {
  if (type.startsWith('chat_') && typeof data.content === 'string') return <p class="text">{data.content}</p>;
  if (type !== 'tool_call' && type !== 'tool_response') {
    const { from_api, ...shown } = data; // shown as a tag
    return <Json value={shown} />;
  }
  const { tool_name, params, result, error } = data;
  return (
    <>
      {tool_name !== undefined && <p class="id">{String(tool_name)}</p>}
      <Json value={(type === 'tool_call' ? params : (error ?? result)) ?? null} />
    </>
  );
}

/** Characters of JSON that stay on one line. */
const SHORT = 60;

/** Characters of JSON that are shown without folding. */
const LONG = 1_000;

function Json({ value }: { value: unknown }) {
  const line = stringifyJson(value);
  const text = line.length <= SHORT ? line : stringifyJson(value, 2);
  if (text.length <= LONG) return <pre class="json">{text}</pre>;
  return (
    <details>
      <summary class="json">{line.slice(0, SHORT)} …</summary>
      <pre class="json">{text}</pre>
    </details>
  );
}

/** The progress of a call that the client has not answered. */
function Progress({ state, look }: { state: CallState; look(): Promise<void> }) {
  const [isBusy, run] = useAction();
  const { progress, call_id } = state;
  return (
    <div class="progress">
      <Status status={state.status} />
      {progress && (
        <>
          <progress
            max={progress.total}
            value={progress.progress}
            aria-label={progress.message ?? t('status_pending')}
          />
          <span class="quiet">{progress.message}</span>
        </>
      )}
      {state.status === 'pending' && (
        <button
          type="button"
          disabled={isBusy}
          onClick={() =>
            run(async () => {
              await call('DELETE', `calls/${encodeURIComponent(call_id)}`);
              await look();
              return t('status_cancelled');
            })
          }
        >
          {t('cancel_call')}
        </button>
      )}
    </div>
  );
}
