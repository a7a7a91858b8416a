/** Sends a broadcast, and shows its progress. */
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { BroadcastState } from './answers';
import { call, keyChanges } from './api';
import { number, t } from './language';
import { Question, Tag, useAction } from './parts';
import { objectFrom } from './schema-form';
import { countFailure, status } from './state';

type Counts = Pick<BroadcastState, 'broadcast_id' | 'status' | 'recipients' | 'delivered' | 'gone' | 'stalled'> & {
  failed?: number;
};

interface Sent {
  type: string;
  counts: Counts;
}

/** Broadcasts of this tab, newest first. */
const broadcasts = signal<readonly Sent[]>([]);

keyChanges.subscribe(() => {
  broadcasts.value = [];
});

/** Polling interval of a running broadcast in milliseconds. */
const LOOK_EVERY = 1_000;

function show(type: string, counts: Counts): void {
  const others = broadcasts.value.filter((sent) => sent.counts.broadcast_id !== counts.broadcast_id);
  broadcasts.value = [{ type, counts }, ...others];
}

/** The server answers with the final counts, or continues in the background. */
async function start(type: string, data: string, group: string): Promise<void> {
  const path = group === '' ? 'broadcast' : `groups/${encodeURIComponent(group)}/messages`;
  const body = `{"message_type":${JSON.stringify(type)},"data":${data}}`;
  const answer = await call<Omit<Counts, 'status'> & { status: string }>('POST', path, body);
  if (answer.status !== 'accepted') return show(type, { ...answer, status: 'completed', failed: 0 });
  const { broadcast_id } = answer;
  show(type, { broadcast_id, status: 'running', recipients: 0, delivered: 0, gone: 0 });
  void follow(type, broadcast_id);
}

async function follow(type: string, id: string): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    try {
      const counts = await call<BroadcastState>('GET', `broadcasts/${encodeURIComponent(id)}`);
      show(type, counts);
      if (counts.status === 'completed' || counts.stalled) return;
    } catch (error) {
      const { status: code } = countFailure(error);
      if (code === 404 || code === 401 || code === 403) return;
    }
  }
}

export function BroadcastView() {
  const [type, setType] = useState('notification');
  const [data, setData] = useState('{\n  "message": ""\n}');
  const [given, setGroup] = useState('');
  const group = given.trim();
  const [asked, ask] = useState<string | undefined>(undefined);
  const [isBusy, run] = useAction();
  return (
    <article class="page">
      <h2>{t('broadcast')}</h2>
      <p class="quiet">{t('broadcast_help')}</p>
      <form
        class="action"
        onSubmit={(event) => {
          event.preventDefault();
          void run(async () => {
            ask(objectFrom(data, t('data')));
            return undefined;
          });
        }}
      >
        <label>
          {t('message_type')}
          <input required value={type} autocomplete="off" onInput={(event) => setType(event.currentTarget.value)} />
        </label>
        <label>
          {t('to_group')}
          <input value={given} autocomplete="off" onInput={(event) => setGroup(event.currentTarget.value)} />
        </label>
        <label>
          {t('data')}
          <textarea rows={5} class="id" value={data} onInput={(event) => setData(event.currentTarget.value)} />
        </label>
        <button type="submit" disabled={isBusy}>
          {t('broadcast_button')}
        </button>
      </form>
      {asked !== undefined && (
        <Question
          title={t(group === '' ? 'broadcast_title' : 'group_title', { group })}
          text={t(group === '' ? 'broadcast_text' : 'group_text', { count: status.value?.connected_clients ?? 0 })}
          yes={t(group === '' ? 'broadcast_yes' : 'group_yes')}
          onAnswer={(isYes) => {
            ask(undefined);
            if (isYes) void run(() => start(type.trim(), asked, group).then(() => undefined));
          }}
        />
      )}
      <h3>{t('broadcasts')}</h3>
      {broadcasts.value.length === 0 && <p class="quiet">{t('no_broadcasts')}</p>}
      <ul class="plain">
        {broadcasts.value.map((sent) => (
          <BroadcastRow key={sent.counts.broadcast_id} sent={sent} />
        ))}
      </ul>
    </article>
  );
}

function BroadcastRow({ sent: { type, counts } }: { sent: Sent }) {
  const { recipients, delivered, gone, failed = 0, stalled } = counts;
  const isRunning = counts.status === 'running';
  const words = t('progress', {
    delivered: number(delivered),
    recipients: number(recipients),
    gone: number(gone),
    failed: number(failed),
  });
  return (
    <li class="message">
      <div class="head">
        <strong>{type}</strong>
        <Tag kind={isRunning ? 'warn' : 'good'}>{t(isRunning ? 'running' : 'status_completed')}</Tag>
        {stalled && <Tag kind="bad">{t('stalled')}</Tag>}
      </div>
      <progress
        max={Math.max(recipients, 1)}
        value={isRunning ? delivered + gone + failed : Math.max(recipients, 1)}
        aria-label={words}
      />
      <p class="quiet small">{words}</p>
    </li>
  );
}
