/** Delivery of events to webhooks: waiting and failed events, and resending. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { EventDelivery, FailedEvent } from './answers';
import { type ApiError, call, keyChanges, repeat } from './api';
import { countFailure } from './failures';
import { ago, number, t } from './language';
import { Tag, useAction, Waiting } from './parts';
import { now } from './state';

type Receiver = EventDelivery['receivers'][number];

/** Polling interval in milliseconds. */
const LOOK_EVERY = 5_000;

/** Maximum number of failed events to show, oldest first. */
const MAX_FAILED = 100;

const delivery = signal<EventDelivery | undefined>(undefined);
const failed = signal<readonly FailedEvent[]>([]);
/** The error of the last poll, if it failed. */
const failure = signal<ApiError | undefined>(undefined);

async function look(): Promise<void> {
  try {
    const state = await call<EventDelivery>('GET', 'events');
    const hasFailed = state.receivers.some((receiver) => receiver.failed > 0);
    const page = hasFailed
      ? await call<{ events: FailedEvent[] }>('GET', `events/failed?limit=${MAX_FAILED}`)
      : undefined;
    failed.value = page?.events ?? [];
    delivery.value = state;
    failure.value = undefined;
  } catch (error) {
    failure.value = countFailure(error);
  }
}

keyChanges.subscribe(() => {
  failed.value = [];
  delivery.value = failure.value = undefined;
});

async function replay(request: { receiver: string; event_ids?: string[] }): Promise<string> {
  const { replayed } = await call<{ replayed: number }>('POST', 'events/replay', JSON.stringify(request));
  await look();
  return t('replayed', { count: replayed });
}

export function EventsView() {
  useEffect(() => repeat(() => LOOK_EVERY, look).stop, []);
  const state = delivery.value;
  return (
    <article class="page">
      <h2>{t('events')}</h2>
      {state ? <Delivery state={state} /> : <Waiting failure={failure.value} />}
    </article>
  );
}

function Delivery({ state: { destination, bus = '', dropped, receivers } }: { state: EventDelivery }) {
  if (destination === 'none') return <p>{t('events_none')}</p>;
  if (destination === 'eventbridge') return <p>{t('events_bus', { bus })}</p>;
  return (
    <>
      <p class="quiet">{t('events_help')}</p>
      {dropped > 0 && <p class="warning">{t('events_dropped', { count: dropped })}</p>}
      <ul class="plain">
        {receivers.map((receiver) => (
          <ReceiverCard key={receiver.name} receiver={receiver} />
        ))}
      </ul>
      <h3>{t('events_failed')}</h3>
      {failed.value.length === 0 && <p class="quiet">{t('events_none_failed')}</p>}
      <ul class="plain">
        {failed.value.map((event) => (
          <FailedRow key={`${event.receiver} ${event.event_id}`} event={event} />
        ))}
      </ul>
    </>
  );
}

function ReceiverCard({ receiver }: { receiver: Receiver }) {
  const { name, origin, types, labels = [], delivered, waiting, failed, waiting_since, last_error } = receiver;
  const [isBusy, run] = useAction();
  const counts = { delivered: number(delivered), waiting: number(waiting), failed: number(failed) };
  return (
    <li class="message">
      <div class="head">
        <strong>{name}</strong>
        <span class="id">{origin}</span>
        {failed > 0 && <Tag kind="bad">{t('status_failed')}</Tag>}
      </div>
      <p>{t('events_counts', counts)}</p>
      {waiting_since !== undefined && (
        <p class="quiet small">{t('events_waiting', { ago: ago(waiting_since, now.value) })}</p>
      )}
      {last_error && (
        <p class="quiet small">
          {t('events_error', { reason: last_error.reason, ago: ago(last_error.at, now.value) })}
        </p>
      )}
      <p>
        {[...types, ...labels].map((text) => (
          <Tag key={text}>{text}</Tag>
        ))}
      </p>
      {failed > 0 && (
        <div class="buttons">
          <button type="button" disabled={isBusy} onClick={() => run(() => replay({ receiver: name }))}>
            {t('replay_all', { name })}
          </button>
        </div>
      )}
    </li>
  );
}

function FailedRow({ event: { event_id, type, subject, receiver, failed_at, reason } }: { event: FailedEvent }) {
  const [isBusy, run] = useAction();
  return (
    <li class="message">
      <div class="head">
        <strong>{type}</strong>
        <span class="id">{subject}</span>
        <time class="quiet" dateTime={failed_at}>
          {ago(failed_at, now.value)}
        </time>
      </div>
      <p class="small">{t('events_reason', { name: receiver, reason })}</p>
      <div class="buttons">
        <button type="button" disabled={isBusy} onClick={() => run(() => replay({ receiver, event_ids: [event_id] }))}>
          {t('replay')}
        </button>
      </div>
    </li>
  );
}
