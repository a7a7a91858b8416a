/**
 * The presence task: sends the changes of a group to its watchers, two seconds after the first change. At least once: changes are removed
 * after they have been sent, and a watcher that could not be reached is tried again. A change is a client's current status, so a repeat
 * does no harm.
 */
import { createDeliver } from '../delivery/deliver';
import type { Client } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import type { PresenceChange, Watch } from '../ports/presence-store';
import { isoTime } from '../ports/runtime';
import { encode, frameOf } from '../protocol/codec';
import { PRESENCE_INTERVAL_MS } from '../protocol/limits';
import { presenceChanged } from '../protocol/server-messages';
import { createAnnounce, type RollUpTask } from './announce';

/** Concurrent posts: as many as the SDK has sockets. */
const CONCURRENCY = 50;

/** Clients per frame, and per task for missed changes: with names of 128 characters, a frame stays below 32 KB. */
const CLIENTS_IN_FRAME = 200;

/** Milliseconds before each further try for watchers that could not be reached. */
const RETRY_WAITS = [2_000, 10_000, 30_000] as const;

export type RollUpDependencies = Pick<
  Dependencies,
  'clients' | 'groups' | 'presence' | 'presenceGroups' | 'connections' | 'tasks' | 'clock' | 'newId' | 'log'
>;

/** A client's current status. */
interface Standing {
  clientId: string;
  status: 'online' | 'offline' | 'left';
}

export function create(dependencies: RollUpDependencies) {
  const { clients, presence, tasks, clock, newId, log } = dependencies;
  const deliver = createDeliver(dependencies);
  const announce = createAnnounce(dependencies);

  /** The client to notify. Ends the watch if its connection is no longer the client's current one. */
  async function listenerOf(group: string, watch: Watch, online: Map<string, Client>): Promise<Client | undefined> {
    const { clientId, connectionId } = watch;
    const known = online.get(clientId);
    if (known?.connectionId === connectionId) return known;
    const client = await clients.get(clientId); // strongly consistent: the client may have just reconnected
    if (client?.connectionId === connectionId) return client;
    await presence.unwatch(group, clientId, connectionId);
    return undefined;
  }

  /** The owner of each client. An online client's labels are known already; the others are read, `CONCURRENCY` at a time. */
  async function ownersOf(all: readonly Standing[], online: Map<string, Client>) {
    const owners = new Map<string, string | undefined>();
    const waiting = all.values();
    async function worker(): Promise<void> {
      for (const { clientId } of waiting) {
        const labels = online.get(clientId)?.labels ?? (await clients.labelsOf(clientId));
        owners.set(clientId, labels?.[0]);
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return owners;
  }

  function framesOf(group: string, all: readonly Standing[]): string[] {
    const time = isoTime(clock.now());
    const texts: string[] = [];
    for (let from = 0; from < all.length; from += CLIENTS_IN_FRAME) {
      const some = all.slice(from, from + CLIENTS_IN_FRAME);
      const those = (wanted: Standing['status']) =>
        some.filter(({ status }) => status === wanted).map(({ clientId }) => clientId);
      const changed = presenceChanged(group, those('online'), those('offline'), those('left'));
      texts.push(encode(frameOf(changed, newId(), time)));
    }
    return texts;
  }

  /** @returns false if the watcher still watches, and may have missed something */
  async function tell(group: string, watch: Watch, texts: readonly string[], online: Map<string, Client>) {
    if (texts.length === 0) return true;
    const listener = await listenerOf(group, watch, online);
    if (!listener) return true;
    for (const text of texts) {
      if ((await deliver(listener, text, 'at_most_once')) === 'delivered') continue;
      const current = await clients.get(watch.clientId);
      if (current?.connectionId === watch.connectionId) return false; // a 410 that is not believed: the watch continues
      await presence.unwatch(group, watch.clientId, watch.connectionId);
      await announce.client(watch.clientId); // no $disconnect has announced it
      return true;
    }
    return true;
  }

  /** @returns the watchers that may have missed something */
  async function tellAll(group: string, changes: Map<string, PresenceChange>, watches: readonly Watch[]) {
    const members = [...changes].filter(([, change]) => change === 'member').map(([clientId]) => clientId);
    const ids = new Set([...members, ...watches.map(({ clientId }) => clientId)]);
    const online = new Map((await clients.getMany([...ids])).map((client) => [client.clientId, client]));
    const standings = Array.from(changes, ([clientId, change]): Standing => {
      if (change === 'left') return { clientId, status: 'left' };
      return { clientId, status: online.has(clientId) ? 'online' : 'offline' };
    });
    const watchingOwners = new Set(watches.map((watch) => watch.owner));
    const needsOwners = [...watchingOwners].some((owner) => owner !== undefined);
    const owners = needsOwners ? await ownersOf(standings, online) : new Map<string, string | undefined>();
    const texts = new Map<string | undefined, string[]>();
    for (const owner of watchingOwners) {
      // A watch with an owner does not see clients of other owners.
      const visible = standings.filter(({ clientId }) => owner === undefined || owners.get(clientId) === owner);
      texts.set(owner, framesOf(group, visible));
    }
    const waiting = watches.values();
    const unreached: string[] = [];
    async function worker(): Promise<void> {
      for (const watch of waiting) {
        const isDone = await tell(group, watch, texts.get(watch.owner) ?? [], online).catch(() => false);
        if (!isDone) unreached.push(watch.clientId);
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    log.info('presence', { changes: changes.size, watchers: watches.length, failed: unreached.length });
    return unreached;
  }

  /** A change of this client is sent to these watchers by a later task. After the last try they miss it, which the log says. */
  async function tryAgain(group: string, changes: Map<string, PresenceChange>, watchers: string[], tries: number) {
    if (watchers.length === 0) return;
    if (tries > RETRY_WAITS.length)
      return log.info('presence_missed', { changes: changes.size, watchers: watchers.length });
    const all = [...changes];
    for (let from = 0; from < all.length; from += CLIENTS_IN_FRAME) {
      const missed = { watchers, changes: all.slice(from, from + CLIENTS_IN_FRAME), tries };
      await tasks.start<RollUpTask>({ task: 'presence', group, missed });
    }
  }

  async function sendMissed(group: string, { watchers, changes, tries }: Required<RollUpTask>['missed']) {
    await clock.sleep(RETRY_WAITS[tries - 1] ?? 0);
    const watches = (await presence.watches(group)).filter(({ clientId }) => watchers.includes(clientId));
    const all = new Map(changes);
    await tryAgain(group, all, await tellAll(group, all, watches), tries + 1);
  }

  async function sendNoted(group: string): Promise<void> {
    await clock.sleep(PRESENCE_INTERVAL_MS);
    const { changes, remove } = await presence.noted(group);
    if (changes.size > 0) {
      await tryAgain(group, changes, await tellAll(group, changes, await presence.watches(group)), 1);
    }
    if (await remove()) await tasks.start<RollUpTask>({ task: 'presence', group });
  }

  return async function rollUp({ group, missed }: RollUpTask): Promise<void> {
    await (missed ? sendMissed(group, missed) : sendNoted(group));
  };
}
