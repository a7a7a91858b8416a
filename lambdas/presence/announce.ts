/** Records presence changes for the watchers of a group. Costs nothing if no group may be watched. */
import type { Dependencies } from '../ports/dependencies';
import type { PresenceChange } from '../ports/presence-store';
import type { Task } from '../ports/tasks';
import { matchesGroup } from '../protocol/names';

/** Sends the changes of a group to its watchers. One task per group at a time, in addition to those with `missed`. */
export interface RollUpTask extends Task {
  task: 'presence';
  group: string;
  /** Changes that could not be sent to some watchers. Without it, the task sends what is noted, to all watchers. */
  missed?: {
    watchers: string[];
    changes: [clientId: string, change: PresenceChange][];
    /** Number of tries so far. */
    tries: number;
  };
}

export type AnnounceDependencies = Pick<Dependencies, 'groups' | 'presence' | 'presenceGroups' | 'tasks' | 'log'>;

/** Neither rejects: a failure is logged, because the change itself has taken effect. */
export interface Announce {
  /** A client came online or went offline. */
  client(clientId: string): Promise<void>;
  /** A client joined or left groups. */
  member(clientId: string, groups: readonly string[], change: PresenceChange): Promise<void>;
}

export function createAnnounce({ groups, presence, presenceGroups, tasks, log }: AnnounceDependencies): Announce {
  async function note(clientId: string, group: string, change: PresenceChange): Promise<void> {
    if (change === 'left') await presence.unwatch(group, clientId);
    if (!(await presence.isWatched(group))) return;
    if (await presence.note(group, clientId, change)) await tasks.start<RollUpTask>({ task: 'presence', group });
  }

  async function noteIn(clientId: string, named: readonly string[], change: PresenceChange): Promise<void> {
    const watchable = named.filter((group) => matchesGroup(presenceGroups, group));
    // allSettled: if a Lambda function returns during a call, the call is frozen with it.
    const results = await Promise.allSettled(watchable.map((group) => note(clientId, group, change)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) log.error('presence_failed', failed.reason, { client_id: clientId });
  }

  return {
    async client(clientId) {
      if (presenceGroups.length === 0) return;
      try {
        const memberships = await groups.groupsOf(clientId);
        const names = memberships.map(({ group }) => group);
        await noteIn(clientId, names, 'member');
      } catch (error) {
        log.error('presence_failed', error, { client_id: clientId });
      }
    },

    member: noteIn,
  };
}
