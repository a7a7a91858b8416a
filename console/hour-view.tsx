/** The last hour, and the current problems. */
import { ago, duration, number, t } from './language';
import { hour, refusedWith } from './live';
import { HOUR, type Problem, type Sample } from './problems';
import { hashOf } from './route';
import { hourSamples, isCounted, now, problems } from './state';

export function HourView() {
  return (
    <article class="page">
      <h2>{t('hour')}</h2>
      <ProblemList />
      <p class="quiet">{t(isCounted.value ? 'hour_counted' : 'hour_help')}</p>
      {refusedWith.value === 404 && <p class="quiet">{t('hour_aws')}</p>}
      <Chart name={t('chart_clients')} measure={({ clients }) => clients} />
      <Chart name={t('chart_rate')} measure={({ rate }) => rate} />
      <Chart name={t(isCounted.value ? 'chart_all_errors' : 'chart_errors')} measure={({ errors }) => errors} />
      {isCounted.value && <ErrorKinds />}
    </article>
  );
}

function ProblemList() {
  return (
    <section aria-labelledby="wrong">
      <h3 id="wrong">{t('wrong')}</h3>
      {problems.value.length === 0 && <p>{t('nothing_wrong')}</p>}
      <ul class="plain">
        {problems.value.map((problem) => (
          <ProblemRow key={problem.key} problem={problem} />
        ))}
      </ul>
    </section>
  );
}

function ProblemRow({ problem: { key, values, clientId } }: { problem: Problem }) {
  const time = duration(Number(values.milliseconds ?? 0));
  return (
    <li class="warning">
      {t(key, { ...values, time })} {clientId !== undefined && <a href={hashOf(clientId)}>{t('show_client')}</a>}
    </li>
  );
}

/** The errors of the hour by kind, most frequent first. */
function ErrorKinds() {
  const kinds = new Map<string, { count: number; at: number }>();
  for (const { at, errors } of hour.value) {
    for (const [kind, count] of Object.entries(errors)) {
      kinds.set(kind, { count: (kinds.get(kind)?.count ?? 0) + count, at });
    }
  }
  const sorted = [...kinds].sort(([, one], [, other]) => other.count - one.count);
  return (
    <section aria-labelledby="errors">
      <h3 id="errors">{t('error_kinds')}</h3>
      {sorted.length === 0 && <p>{t('no_errors')}</p>}
      <ul class="plain">
        {sorted.map(([kind, { count, at }]) => (
          <li key={kind}>
            <span class="id">{kind}</span>{' '}
            <span class="quiet">{t('error_count', { count, ago: ago(new Date(at).toISOString(), now.value) })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const WIDTH = 720;
const HEIGHT = 120;

/** Minimum time span of a chart in milliseconds. */
const MIN_SPAN = 60_000;

/** From the first sample to now, an hour at most. */
function Chart({ name, measure }: { name: string; measure(sample: Sample): number | undefined }) {
  const points = hourSamples.value.flatMap((sample) => {
    const value = measure(sample);
    return value === undefined ? [] : [{ at: sample.at, value }];
  });
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const top = Math.max(1, high);
  const span = Math.min(HOUR, Math.max(MIN_SPAN, now.value - (points[0]?.at ?? now.value)));
  const start = now.value - span;
  const line = points
    .map(({ at, value }) => `${((at - start) / span) * WIDTH},${HEIGHT - 4 - (value / top) * (HEIGHT - 16)}`)
    .join(' ');
  const words = { name, now: number(values.at(-1) ?? 0), low: number(low), high: number(high) };
  return (
    <figure class="chart">
      <figcaption>{points.length === 0 ? `${name}: ${t('chart_waiting')}` : t('chart_text', words)}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <polyline points={line} />
      </svg>
      <div class="axis quiet small" aria-hidden="true">
        <span>{ago(new Date(start).toISOString(), now.value)}</span>
        <span>{t('chart_end')}</span>
      </div>
    </figure>
  );
}
