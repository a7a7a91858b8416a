/** The console: a page for the team that runs a server. It uses only the public HTTP API. */
import { h, render } from 'preact';
import { useState } from 'preact/hooks';
import { access, forgetKey, hasKey, setKey } from './api';
import { BroadcastView } from './broadcast-view';
import { ClientList } from './client-list';
import { ClientView } from './client-view';
import { EventsView } from './events-view';
import { GroupsView } from './groups-view';
import { HourView } from './hour-view';
import { duration, language, number, switchLanguage, t } from './language';
import { Notice } from './parts';
import { type Route, route } from './route';
import { problems, rate, startPolling, status } from './state';

function Console() {
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        {t('skip')}
      </button>
      <Header />
      <main id="content" tabIndex={-1}>
        {access.value === 'open' ? <View route={route.value} /> : <KeyForm />}
      </main>
      <Notice />
    </>
  );
}

const VIEWS = { broadcast: BroadcastView, events: EventsView, hour: HourView };

function View({ route }: { route: Route }) {
  if (route.view === 'groups') return <GroupsView group={route.group} />;
  if (route.view !== 'clients') return h(VIEWS[route.view], {});
  const { clientId } = route;
  return (
    <div class="clients" data-open={clientId !== undefined}>
      <ClientList />
      {clientId === undefined ? (
        <p class="pick quiet">{t('pick')}</p>
      ) : (
        <ClientView key={clientId} clientId={clientId} />
      )}
    </div>
  );
}

const LINKS = [
  ['clients', '#/'],
  ['groups', '#/groups'],
  ['broadcast', '#/broadcast'],
  ['events', '#/events'],
  ['hour', '#/hour'],
] as const;

function Header() {
  const count = problems.value.length;
  return (
    <header>
      <h1>Switchboard</h1>
      <nav aria-label="Switchboard">
        {LINKS.map(([view, href]) => (
          <a key={view} href={href} aria-current={route.value.view === view ? 'page' : undefined}>
            {t(view)}
          </a>
        ))}
        <a href="docs">{t('docs')}</a>
      </nav>
      {access.value === 'open' && <Numbers />}
      {count > 0 && access.value === 'open' && (
        <a class="alarm" href="#/hour">
          {t('problems', { count })}
        </a>
      )}
      <div class="switches">
        {hasKey() && access.value === 'open' && (
          <button type="button" onClick={forgetKey}>
            {t('sign_out')}
          </button>
        )}
        <button type="button" lang={language.value === 'en' ? 'zh-CN' : 'en'} onClick={switchLanguage}>
          {t('language')}
        </button>
      </div>
    </header>
  );
}

function Numbers() {
  if (!status.value) return null;
  const { connected_clients, version, uptime_seconds } = status.value;
  return (
    <p class="numbers" title={t('server', { version, uptime: duration(Math.max(1, uptime_seconds) * 1_000) })}>
      <span>{t('connected', { count: connected_clients })}</span>
      <span>{t('per_second', { rate: number(rate.value) })}</span>
    </p>
  );
}

function KeyForm() {
  const [key, change] = useState('');
  return (
    <form
      class="action key"
      onSubmit={(event) => {
        event.preventDefault();
        setKey(key.trim());
      }}
    >
      <h2>{t('key_title')}</h2>
      <p>{t(access.value === 'refused' ? 'key_refused' : 'key_needed')}</p>
      <p class="quiet small">{t('key_where')}</p>
      <label>
        {t('key_title')}
        <input
          type="password"
          required
          value={key}
          autocomplete="off"
          onInput={(event) => change(event.currentTarget.value)}
        />
      </label>
      <button type="submit">{t('key_use')}</button>
    </form>
  );
}

const root = document.getElementById('console');
if (root) render(<Console />, root);
startPolling();
