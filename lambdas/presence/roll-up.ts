/** The presence task: sends the changes of a group to its watchers, two seconds after the first change. */
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

/** Clients per frame: with names of 128 characters it stays below 32 KB. */
const CLIENTS_IN_FRAME = 200;

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
  const { clients, presence, clock, newId, log } = dependencies;
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

  async function tell(group: string, watch: Watch, texts: readonly string[], online: Map<string, Client>) {
    if (texts.length === 0) return;
    const listener = await listenerOf(group, watch, online);
    if (!listener) return;
    for (const text of texts) {
      if ((await deliver(listener, text, 'at_most_once')) === 'delivered') continue;
      const current = await clients.get(watch.clientId);
      if (current?.connectionId === watch.connectionId) return; // a 410 that is not believed: the watch goes on
      await presence.unwatch(group, watch.clientId, watch.connectionId);
      return announce.client(watch.clientId); // no $disconnect has announced it
    }
  }

  async function tellAll(group: string, changes: Map<string, PresenceChange>): Promise<void> {
    const watches = await presence.watches(group);
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
    let failed = 0;
    async function worker(): Promise<void> {
      for (const watch of waiting) {
        await tell(group, watch, texts.get(watch.owner) ?? [], online).catch(() => {
          failed += 1;
        });
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    log.info('presence', { changes: changes.size, watchers: watches.length, failed });
  }

  return async function rollUp({ group }: RollUpTask): Promise<void> {
    await clock.sleep(PRESENCE_INTERVAL_MS);
    const changes = await presence.take(group);
    if (changes.size === 0) return;
    try {
      await tellAll(group, changes);
    } catch (error) {
      // For the retry of this task, or the task of the next change.
      for (const [clientId, change] of changes) await presence.note(group, clientId, change);
      throw error;
    }
  };
}
