/** The list of groups; for one group its members, who is online, and a form to send to them. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { call } from './api';
import { BroadcastForm, BroadcastList } from './broadcast-view';
import { broadcasts } from './broadcasts';
import { GROUP_PAGE_SIZE, GROUPS_EVERY } from './intervals';
import { ago, t } from './language';
import { createPagedFeed, type PagedFeed } from './paged-feed';
import { Tag, Waiting } from './parts';
import { groupHash, hashOf } from './route';
import { now } from './state';

interface Group {
  group: string;
  members: number;
}

interface Member {
  client_id: string;
  online: boolean;
  joined_at: string;
}

const pageOf = (cursor: string | undefined) =>
  new URLSearchParams({ limit: String(GROUP_PAGE_SIZE), ...(cursor !== undefined && { cursor }) });

function createGroupFeed(): PagedFeed<Group> {
  return createPagedFeed(GROUPS_EVERY, async (cursor) => {
    const { groups, next_cursor } = await call<{ groups: Group[]; next_cursor?: string }>(
      'GET',
      `groups?${pageOf(cursor)}`,
    );
    return { rows: groups, next_cursor };
  });
}

function createMemberFeed(group: string): PagedFeed<Member> {
  const path = `groups/${encodeURIComponent(group)}/clients`;
  return createPagedFeed(GROUPS_EVERY, async (cursor) => {
    const { clients, next_cursor } = await call<{ clients: Member[]; next_cursor?: string }>(
      'GET',
      `${path}?${pageOf(cursor)}`,
    );
    return { rows: clients, next_cursor };
  });
}

export function GroupsView({ group }: { group: string | undefined }) {
  return group === undefined ? <GroupList /> : <OneGroup key={group} group={group} />;
}

function GroupList() {
  const feed = useMemo(createGroupFeed, []);
  useEffect(() => feed.stop, [feed]);
  const groups = feed.rows.value;
  return (
    <article class="page">
      <h2>{t('groups')}</h2>
      <p class="quiet">{t('groups_help')}</p>
      {!groups && <Waiting failure={feed.failure.value} />}
      {groups?.length === 0 && <p>{t('no_groups')}</p>}
      <ul class="plain">
        {groups?.map(({ group, members }) => (
          <li key={group} class="entry">
            <a class="id" href={groupHash(group)}>
              {group}
            </a>
            <span class="quiet">{t('members', { count: members })}</span>
          </li>
        ))}
      </ul>
      <More feed={feed} />
    </article>
  );
}

function OneGroup({ group }: { group: string }) {
  const feed = useMemo(() => createMemberFeed(group), [group]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => feed.stop, [feed]);
  useEffect(() => heading.current?.focus(), [group]);
  const members = feed.rows.value;
  return (
    <article class="page">
      <a href={groupHash()}>← {t('all_groups')}</a>
      <h2 class="id" ref={heading} tabIndex={-1}>
        {group}
      </h2>
      {members ? <Members members={members} /> : <Waiting failure={feed.failure.value} />}
      <More feed={feed} />
      <h3>{t('group_yes')}</h3>
      <BroadcastForm fixedGroup={group} />
      <BroadcastList shown={broadcasts.value.filter((sent) => sent.group === group)} />
    </article>
  );
}

/** Online members first. */
function Members({ members }: { members: readonly Member[] }) {
  const sorted = members.toSorted(
    (one, other) => Number(other.online) - Number(one.online) || (one.client_id < other.client_id ? -1 : 1),
  );
  const online = members.filter((member) => member.online).length;
  return (
    <section aria-labelledby="members">
      <h3 id="members">{t('members_shown', { shown: members.length, online })}</h3>
      <ul class="plain members">
        {sorted.map((member) => (
          <li key={member.client_id} class="entry">
            <a class="id" href={hashOf(member.client_id)}>
              {member.client_id}
            </a>
            <Tag kind={member.online ? 'good' : undefined}>{t(member.online ? 'online' : 'offline')}</Tag>
            <span class="quiet small">{t('joined', { ago: ago(member.joined_at, now.value) })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function More({ feed }: { feed: PagedFeed<unknown> }) {
  if (!feed.hasMore.value) return null;
  return (
    <div class="buttons">
      <button type="button" onClick={feed.readMore}>
        {t('more')}
      </button>
    </div>
  );
}
