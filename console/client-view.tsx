/** The view of one client: its data, its conversation, and the actions on it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Client } from './answers';
import { call } from './api';
import { type ClientFeed, createClientFeed } from './client-feed';
import { unacknowledged } from './client-table';
import { Conversation } from './conversation';
import { ago, clock, number, t } from './language';
import { Question, Tag, useAction } from './parts';
import { groupHash } from './route';
import { forgetClient, now } from './state';
import { ToolForm } from './tool-form';

export function ClientView({ clientId }: { clientId: string }) {
  const feed = useMemo(() => createClientFeed(clientId), [clientId]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => feed.stop, [feed]);
  useEffect(() => heading.current?.focus(), [clientId]);
  const client = feed.client.value;
  return (
    <article class="client" aria-labelledby="client-id">
      <a class="back" href="#/">
        ← {t('back')}
      </a>
      <h2 id="client-id" class="id" ref={heading} tabIndex={-1}>
        {clientId}
      </h2>
      {feed.isUnknown.value ? (
        <p>{t('unknown_client')}</p>
      ) : (
        <>
          {client && <Facts client={client} />}
          {client === null && <p class="warning">{t('gone')}</p>}
          <div class="halves">
            <Conversation feed={feed} />
            <div class="actions">
              <SendForm clientId={clientId} look={feed.look} />
              {client && (
                <ToolForm key={toolNames(client)} clientId={clientId} tools={client.tools ?? []} look={feed.look} />
              )}
              {client && <Disconnect clientId={clientId} feed={feed} />}
            </div>
          </div>
        </>
      )}
    </article>
  );
}

/** Resets the form when the client registers other tools. */
function toolNames({ tools = [] }: Client): string {
  return tools.map(({ name }) => name).join(' ');
}

function Facts({ client }: { client: Client }) {
  const {
    connected_at,
    last_activity,
    message_count,
    last_seq,
    acked_seq,
    labels = [],
    groups = [],
    tools = [],
  } = client;
  const missing = unacknowledged(client);
  const when = (time: string) => t('ago', { time: clock(time), ago: ago(time, now.value) });
  return (
    <dl class="facts">
      <Fact name={t('since')}>{when(connected_at)}</Fact>
      <Fact name={t('last_activity')}>{when(last_activity)}</Fact>
      <Fact name={t('received')}>{number(message_count)}</Fact>
      <Fact name={t('position')}>{number(last_seq)}</Fact>
      <Fact name={t('acknowledged')}>{acked_seq === 0 ? t('never_acknowledged') : number(acked_seq)}</Fact>
      {missing > 0 && <Fact name={t('unacknowledged')}>{number(missing)}</Fact>}
      {labels.length > 0 && <Fact name={t('labels')}>{tags(labels)}</Fact>}
      {groups.length > 0 && (
        <Fact name={t('groups')}>
          {groups.map((group) => (
            <a key={group} class="tag" href={groupHash(group)}>
              {group}
            </a>
          ))}
        </Fact>
      )}
      <Fact name={t('tools')}>{tools.length === 0 ? t('none') : tags(tools.map(({ name }) => name))}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function tags(texts: readonly string[]) {
  return texts.map((text) => <Tag key={text}>{text}</Tag>);
}

/** Seconds for which a message waits for an offline client. */
const HOLD_SECONDS = 3_600;

function SendForm({ clientId, look }: { clientId: string; look(): Promise<void> }) {
  const [content, setContent] = useState('');
  const [isHeld, setHeld] = useState(false);
  const [isBusy, run] = useAction();

  async function send(): Promise<string> {
    const body = { client_id: clientId, content, ...(isHeld && { hold_seconds: HOLD_SECONDS }) };
    const { delivery } = await call<{ delivery: string }>('POST', 'send_message', JSON.stringify(body));
    setContent('');
    await look();
    return t(delivery === 'held' ? 'sent_held' : 'sent_posted');
  }

  return (
    <form
      class="action"
      onSubmit={(event) => {
        event.preventDefault();
        void run(send);
      }}
    >
      <h3>{t('send')}</h3>
      <label>
        {t('content')}
        <textarea rows={2} required value={content} onInput={(event) => setContent(event.currentTarget.value)} />
      </label>
      <label class="check">
        <input type="checkbox" checked={isHeld} onChange={(event) => setHeld(event.currentTarget.checked)} />
        {t('hold')}
      </label>
      <button type="submit" disabled={isBusy}>
        {t('send_button')}
      </button>
    </form>
  );
}

function Disconnect({ clientId, feed }: { clientId: string; feed: ClientFeed }) {
  const [isAsking, ask] = useState(false);
  const [isBusy, run] = useAction();

  async function disconnect(): Promise<string> {
    await call('DELETE', `clients/${encodeURIComponent(clientId)}`);
    forgetClient(clientId);
    await feed.look();
    return t('disconnected');
  }

  return (
    <div class="action">
      <button type="button" class="danger" disabled={isBusy} onClick={() => ask(true)}>
        {t('disconnect')}
      </button>
      {isAsking && (
        <Question
          title={t('disconnect_title')}
          text={t('disconnect_text')}
          yes={t('disconnect')}
          onAnswer={(isYes) => {
            ask(false);
            if (isYes) void run(disconnect);
          }}
        />
      )}
    </div>
  );
}
