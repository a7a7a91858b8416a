/** The connected clients: search, sort order, and a virtual list that renders only visible rows. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Row } from './client-table';
import { type SortKey, unacknowledged } from './client-table';
import { ago, number, t } from './language';
import { Tag, Waiting } from './parts';
import { openClient, route } from './route';
import {
  filterByGroup,
  groupFilter,
  isComplete,
  listFailure,
  listTotal,
  now,
  rows,
  search,
  shownRows,
  sortKey,
} from './state';

/** Pixels; `styles.css` has the same. */
const ROW_HEIGHT = 68;

/** Extra rows rendered above and below the visible ones. */
const MARGIN = 6;

const ORDERS: readonly SortKey[] = ['newest', 'active', 'busiest', 'behind'];

export function ClientList() {
  const counts = { shown: search.value === '' ? rows.value.length : shownRows.value.length, total: listTotal.value };
  return (
    <section class="list" aria-label={t('clients')}>
      <div class="filters">
        <input
          type="search"
          aria-label={t('search')}
          placeholder={t('search_short')}
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
        />
        <input
          type="search"
          aria-label={t('filter')}
          placeholder={t('filter_short')}
          value={groupFilter.value}
          onChange={(event) => filterByGroup(event.currentTarget.value.trim())}
          onInput={(event) => event.currentTarget.value === '' && filterByGroup('')}
        />
        <select
          aria-label={t('sort')}
          value={sortKey.value}
          onChange={(event) => {
            sortKey.value = event.currentTarget.value as SortKey;
          }}
        >
          {ORDERS.map((key) => (
            <option key={key} value={key}>
              {t(`sort_${key}`)}
            </option>
          ))}
        </select>
      </div>
      <p class="quiet" role="status">
        {(isComplete.value || !listFailure.value) && t(isComplete.value ? 'shown' : 'reading', counts)}
      </p>
      {shownRows.value.length > 0 ? <Rows all={shownRows.value} /> : <Empty />}
    </section>
  );
}

function Empty() {
  if (!isComplete.value) return <Waiting failure={listFailure.value} />;
  if (rows.value.length > 0 || groupFilter.value !== '') return <p class="empty">{t('no_match')}</p>;
  return (
    <div class="empty">
      <p>{t('no_clients')}</p>
      <p>
        {t('no_clients_help')} <a href="docs/browser.html">{t('example')}</a>
      </p>
    </div>
  );
}

const idOf = (clientId: string) => `client-${clientId}`;

/** A list box: the list has the focus, and marks the current row. */
function Rows({ all }: { all: readonly Row[] }) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [current, setCurrent] = useState<string | undefined>(undefined);
  const opened = route.value.view === 'clients' ? route.value.clientId : undefined;

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const at = all.findIndex(({ client_id }) => client_id === (current ?? opened));
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - MARGIN);
  const last = Math.min(all.length, Math.ceil((top + height) / ROW_HEIGHT) + MARGIN);

  function moveTo(index: number): void {
    const place = Math.max(0, Math.min(all.length - 1, index));
    const element = list.current;
    setCurrent(all[place]?.client_id);
    if (!element) return;
    const [above, below] = [place * ROW_HEIGHT, (place + 1) * ROW_HEIGHT - element.clientHeight];
    if (element.scrollTop > above) element.scrollTop = above;
    if (element.scrollTop < below) element.scrollTop = below;
    setTop(element.scrollTop);
  }

  function press(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(height / ROW_HEIGHT) - 1);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: all.length - 1,
    };
    const target = moves[event.key];
    const client = all[at];
    if (target !== undefined) moveTo(target);
    else if (event.key === 'Enter' && client) openClient(client.client_id);
    else return;
    event.preventDefault();
  }

  const inSight = at >= first && at < last ? all[at] : undefined;
  return (
    <div
      ref={list}
      class="rows"
      role="listbox"
      tabIndex={0}
      aria-label={`${t('clients')}. ${t('list_help')}`}
      aria-activedescendant={inSight && idOf(inSight.client_id)}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={press}
    >
      <div role="presentation" style={{ height: `${all.length * ROW_HEIGHT}px` }}>
        {all.slice(first, last).map((row, index) => (
          <ClientRow
            key={row.client_id}
            row={row}
            place={first + index}
            count={all.length}
            isOpen={row.client_id === opened}
            isCurrent={row.client_id === current}
            onPick={() => setCurrent(row.client_id)}
          />
        ))}
      </div>
    </div>
  );
}

interface ClientRowProps {
  row: Row;
  place: number;
  count: number;
  isOpen: boolean;
  isCurrent: boolean;
  onPick(): void;
}

function ClientRow({ row, place, count, isOpen, isCurrent, onPick }: ClientRowProps) {
  const { client_id, labels = [], last_activity, message_count } = row;
  const missing = unacknowledged(row);
  return (
    // The list handles the keys for its rows.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={idOf(client_id)}
      class="row"
      role="option"
      aria-selected={isOpen}
      aria-posinset={place + 1}
      aria-setsize={count}
      data-current={isCurrent}
      style={{ top: `${place * ROW_HEIGHT}px` }}
      onClick={() => {
        onPick();
        openClient(client_id);
      }}
    >
      <span class="id">{client_id}</span>
      <span class="about">
        <span class="quiet">{t('row', { messages: number(message_count), ago: ago(last_activity, now.value) })}</span>
        {missing > 0 && <Tag kind="warn">{t('behind', { count: missing })}</Tag>}
        {labels.map((label) => (
          <Tag key={label}>{label}</Tag>
        ))}
      </span>
    </div>
  );
}
