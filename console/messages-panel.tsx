/** Messages of the WebSocket side, with their examples from the AsyncAPI description, and a connection to try them on. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../lambdas/protocol/json';
import { type Line, type Live, useConnection } from './connection';

interface MessageDescription {
  name: string;
  summary?: string;
  examples?: { payload: Record<string, unknown> }[];
}

export interface AsyncApiDescription {
  servers: { gateway: { host: string; protocol: string; pathname?: string } };
  components: { messages: Record<string, MessageDescription> };
}

interface MessagesPanelProps {
  description: AsyncApiDescription;
  /** Whether clients need a token. */
  isClosed: boolean;
  /** Called with the client that the page has connected; undefined when it is closed. */
  onClient(clientId: string | undefined): void;
}

export function MessagesPanel({ description, isClosed, onClient }: MessagesPanelProps) {
  const { host, protocol, pathname = '' } = description.servers.gateway;
  const address = `${protocol}://${host}${pathname}`;
  const [token, setToken] = useState('');
  const { isOpen, isConnecting, lines, live, connect, send, close } = useConnection();
  useEffect(() => onClient(live.clientId), [live.clientId]);
  const messages = Object.entries(description.components.messages);
  const ofSide = (side: string) => messages.filter(([key]) => key.startsWith(`${side}_`)).map(([, message]) => message);

  function submit(event: Event): void {
    event.preventDefault();
    if (isOpen || isConnecting) close();
    else connect(address + (token === '' ? '' : `?token=${encodeURIComponent(token)}`));
  }

  return (
    <section aria-labelledby="websocket">
      <h2 id="websocket">WebSocket messages</h2>
      <p>
        Connect as a client, and send each message as it is or changed.{' '}
        <a href="docs/browser.html">The example client</a> is a small page that chats.{' '}
        <a href="asyncapi.json">asyncapi.json</a> has all of it for programs.
      </p>
      <form class="connect" onSubmit={submit}>
        <code>{address}</code>
        {isClosed && (
          <label>
            Token, from POST /tokens
            <input
              type="password"
              autocomplete="off"
              value={token}
              disabled={isOpen}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          </label>
        )}
        <button type="submit">{isOpen || isConnecting ? 'Disconnect' : 'Connect'}</button>
      </form>
      <Log lines={lines} />
      <h3>What clients send</h3>
      {ofSide('client').map((message) => (
        <Sent key={message.name} message={message} live={live} lines={lines} send={isOpen ? send : undefined} />
      ))}
      <h3>What the server sends</h3>
      {ofSide('server').map(({ name, summary, examples = [] }) => (
        <details key={name}>
          <summary>
            <code>{name}</code> <Words text={summary} />
          </summary>
          <pre>{JSON.stringify(examples[0]?.payload, null, 2)}</pre>
        </details>
      ))}
    </section>
  );
}

interface SentProps {
  message: MessageDescription;
  live: Live;
  lines: readonly Line[];
  /** Undefined while there is no connection. */
  send: ((text: string) => void) | undefined;
}

function Sent({ message: { name, summary, examples = [] }, live, lines, send }: SentProps) {
  const example = JSON.stringify(exampleFor(name, examples[0]?.payload ?? {}, live), null, 2);
  const [changed, change] = useState<string | undefined>(undefined);
  const [typedId, setTypedId] = useState('');
  const [sentId, setSentId] = useState<string | undefined>(undefined);
  const answers = lines.filter(({ replyTo }) => sentId !== undefined && replyTo === sentId);

  /** Text that is not a JSON object is sent unchanged, to show the server's answer to it. */
  function sendOnce(): void {
    const text = changed ?? example;
    const message = objectFrom(text);
    const messageId = typedId === '' ? nextMessageId() : typedId;
    setSentId(message && messageId);
    send?.(message ? stringifyJson({ ...message, message_id: messageId }) : text);
  }

  return (
    <details>
      <summary>
        <code>{name}</code> <Words text={summary} />
      </summary>
      <textarea
        rows={example.split('\n').length}
        aria-label={`${name}, as JSON`}
        spellcheck={false}
        value={changed ?? example}
        onInput={(event) => change(event.currentTarget.value)}
      />
      <label>
        message_id; empty: a new one for each message
        <input
          autocomplete="off"
          spellcheck={false}
          value={typedId}
          onInput={(event) => setTypedId(event.currentTarget.value)}
        />
      </label>
      <button type="button" disabled={!send} onClick={sendOnce}>
        Send
      </button>{' '}
      {!send && <small>Connect first.</small>}
      {sentId !== undefined && (
        <output>
          {answers.length === 0 ? `No answer to ${sentId} yet.` : `Answers to ${sentId}:`}
          {answers.map(({ id, text }) => (
            <pre key={id}>{text}</pre>
          ))}
        </output>
      )}
    </details>
  );
}

let sentMessages = 0;

function nextMessageId(): string {
  sentMessages += 1;
  return `docs-${sentMessages}`;
}

function objectFrom(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Without the numbers that a program counts, and with the values that this connection knows. */
function exampleFor(name: string, { type, data }: Record<string, unknown>, { position, callId }: Live): object {
  const known = {
    ...(name === 'resume' && position),
    ...((name === 'tool_response' || name === 'tool_progress') && callId !== undefined && { call_id: callId }),
    ...(name === 'tool_response' && { result: 'done' }),
  };
  return { type, data: { ...(data as object | undefined), ...known } };
}

function Log({ lines }: { lines: readonly Line[] }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (lines.length > 0) list.current?.scrollTo(0, list.current.scrollHeight);
  }, [lines]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <div ref={list} class="frames" role="log" aria-label="Frames" tabIndex={0}>
      {lines.length === 0 && 'Nothing sent or received yet.'}
      {lines.map(({ id, direction, text }) => (
        <div key={id}>
          {direction} {text}
        </div>
      ))}
    </div>
  );
}

/** A sentence in a description: text between backticks is code. */
function Words({ text = '' }: { text: string | undefined }) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part));
}
