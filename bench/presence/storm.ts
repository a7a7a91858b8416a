/** Clients that all join and watch one group, on a virtual clock: what is posted to them, counted by message type. */
import { newUuid } from '../../lambdas/ports/runtime';
import type { Task } from '../../lambdas/ports/tasks';
import { createAnnounce, type RollUpTask } from '../../lambdas/presence/announce';
import { create as createRequest, type PresenceRequestTask } from '../../lambdas/presence/request';
import { create as createRollUp } from '../../lambdas/presence/roll-up';
import { PRESENCE_INTERVAL_MS } from '../../lambdas/protocol/limits';
import { createMemoryClients } from '../../local/memory/memory-clients';
import { createMemoryGroups } from '../../local/memory/memory-groups';
import { createMemoryPresence } from '../../local/memory/memory-presence';
import { createFakeClock } from '../../test/support/fake-clock';
import { createRecordingLog } from '../../test/support/fakes';

const GROUP = 'present:all';

/** Clients per page of a snapshot. */
const PAGE = 100;

export interface Posted {
  posts: number;
  bytes: number;
}

export interface Storm {
  snapshots: Posted;
  changes: Posted;
  /** Number of clients that were told about the last one that joined. */
  told: number;
}

/** @param seconds  in which the clients join one by one, evenly spaced */
export async function joinAll(joins: number, seconds: number): Promise<Storm> {
  // A task sleeps before it sends. Here its start is delayed instead, so that clients continue to join meanwhile.
  const clock = { ...createFakeClock(), sleep: async () => {} };
  const clients = createMemoryClients({ clock, historySeconds: 3_600 });
  const groups = createMemoryGroups({ clock });
  const presence = createMemoryPresence({ clock });
  const storm: Storm = { snapshots: { posts: 0, bytes: 0 }, changes: { posts: 0, bytes: 0 }, told: 0 };
  const last = `client-${joins - 1}`.padEnd(36, '-');
  const connections = {
    async post(_: string, text: string) {
      const { type, data } = JSON.parse(text);
      const posted = type === 'presence_changed' ? storm.changes : storm.snapshots;
      posted.posts += 1;
      posted.bytes += Buffer.byteLength(text);
      if (type === 'presence_changed' && data.online.includes(last)) storm.told += 1;
      return 'delivered' as const;
    },
    isOpen: async () => true,
    close: async () => 'closed' as const,
  };
  const due: { at: number; task: RollUpTask }[] = [];
  let now = 0;
  const tasks = {
    start: async (task: Task) => void due.push({ at: now + PRESENCE_INTERVAL_MS, task: task as RollUpTask }),
  };
  const common = { groups, presence, presenceGroups: ['present:*'], tasks, log: createRecordingLog() };
  const dependencies = { ...common, clients, connections, clock, newId: newUuid };
  const [announce, request, rollUp] = [createAnnounce(common), createRequest(dependencies), createRollUp(dependencies)];

  async function sendUntil(time: number): Promise<void> {
    for (let next = due[0]; next !== undefined && next.at <= time; next = due[0]) {
      due.shift();
      clock.advance(next.at - now);
      now = next.at;
      await rollUp(next.task);
    }
    clock.advance(time - now);
    now = time;
  }

  for (let join = 0; join < joins; join += 1) {
    await sendUntil((join * seconds * 1_000) / joins);
    const clientId = `client-${join}`.padEnd(36, '-'); // as long as a UUID
    const connectionId = `on-${clientId}`;
    await clients.connect({ clientId, connectionId, connectedAt: new Date(clock.now()).toISOString(), labels: [] });
    await groups.join(clientId, [GROUP]);
    await announce.member(clientId, [GROUP], 'member');
    const watch: PresenceRequestTask['request'] = { kind: 'watch', limit: PAGE, from: { connectionId } };
    await request({ task: 'presence_request', group: GROUP, clientId, request: watch });
  }
  await sendUntil(seconds * 1_000 + PRESENCE_INTERVAL_MS);
  return storm;
}
