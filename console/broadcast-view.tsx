/** Sends a message to everybody or to a group, and shows the progress. */
import { useState } from 'preact/hooks';
import { type Broadcast, broadcasts, startBroadcast } from './broadcasts';
import { number, t } from './language';
import { Question, Tag, useAction } from './parts';
import { groupHash } from './route';
import { objectFrom } from './schema-form';
import { status } from './state';

export function BroadcastView() {
  return (
    <article class="page">
      <h2>{t('broadcast')}</h2>
      <p class="quiet">{t('broadcast_help')}</p>
      <BroadcastForm />
      <h3>{t('broadcasts')}</h3>
      <BroadcastList shown={broadcasts.value} />
    </article>
  );
}

/** @param fixedGroup  default: a field asks for the group */
export function BroadcastForm({ fixedGroup }: { fixedGroup?: string }) {
  const [type, setType] = useState('notification');
  const [data, setData] = useState('{\n  "message": ""\n}');
  const [given, setGiven] = useState('');
  const group = fixedGroup ?? given.trim();
  const [asked, ask] = useState<string | undefined>(undefined);
  const [isBusy, run] = useAction();
  return (
    <>
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
        {fixedGroup === undefined && (
          <label>
            {t('to_group')}
            <input value={given} autocomplete="off" onInput={(event) => setGiven(event.currentTarget.value)} />
          </label>
        )}
        <label>
          {t('data')}
          <textarea rows={5} class="id" value={data} onInput={(event) => setData(event.currentTarget.value)} />
        </label>
        <button type="submit" disabled={isBusy}>
          {t(fixedGroup === undefined ? 'broadcast_button' : 'group_button')}
        </button>
      </form>
      {asked !== undefined && (
        <Question
          title={t(group === '' ? 'broadcast_title' : 'group_title', { group })}
          text={t(group === '' ? 'broadcast_text' : 'group_text', { count: status.value?.connected_clients ?? 0 })}
          yes={t(group === '' ? 'broadcast_yes' : 'group_yes')}
          onAnswer={(isYes) => {
            ask(undefined);
            const to = group === '' ? undefined : group;
            if (isYes) void run(() => startBroadcast(type.trim(), asked, to).then(() => undefined));
          }}
        />
      )}
    </>
  );
}

export function BroadcastList({ shown }: { shown: readonly Broadcast[] }) {
  if (shown.length === 0) return <p class="quiet">{t('no_broadcasts')}</p>;
  return (
    <ul class="plain">
      {shown.map((broadcast) => (
        <BroadcastRow key={broadcast.counts.broadcast_id} broadcast={broadcast} />
      ))}
    </ul>
  );
}

function BroadcastRow({ broadcast: { type, group, counts } }: { broadcast: Broadcast }) {
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
        {group !== undefined && <a href={groupHash(group)}>{group}</a>}
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
