/** The broadcasts of this tab: to everybody or to a group, each followed until it is complete. */
import { signal } from '@preact/signals';
import type { BroadcastState } from './answers';
import { call, keyChanges } from './api';
import { countFailure } from './failures';

type Counts = Pick<BroadcastState, 'broadcast_id' | 'status' | 'recipients' | 'delivered' | 'gone' | 'stalled'> & {
  failed?: number;
};

export interface Broadcast {
  type: string;
  /** Undefined: to everybody. */
  group: string | undefined;
  counts: Counts;
}

/** Newest first. */
export const broadcasts = signal<readonly Broadcast[]>([]);

keyChanges.subscribe(() => {
  broadcasts.value = [];
});

/** Polling interval of a running broadcast in milliseconds. */
const LOOK_EVERY = 1_000;

function show(broadcast: Broadcast): void {
  const { broadcast_id } = broadcast.counts;
  const others = broadcasts.value.filter(({ counts }) => counts.broadcast_id !== broadcast_id);
  broadcasts.value = [broadcast, ...others];
}

/**
 * The server answers with the final counts, or continues in the background.
 * @param data  JSON text
 * @throws ApiError
 */
export async function startBroadcast(type: string, data: string, group: string | undefined): Promise<void> {
  const path = group === undefined ? 'broadcast' : `groups/${encodeURIComponent(group)}/messages`;
  const body = `{"message_type":${JSON.stringify(type)},"data":${data}}`;
  const answer = await call<Omit<Counts, 'status'> & { status: string }>('POST', path, body);
  if (answer.status !== 'accepted') return show({ type, group, counts: { ...answer, status: 'completed', failed: 0 } });
  const { broadcast_id } = answer;
  show({ type, group, counts: { broadcast_id, status: 'running', recipients: 0, delivered: 0, gone: 0 } });
  void follow(type, group, broadcast_id);
}

async function follow(type: string, group: string | undefined, id: string): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    try {
      const counts = await call<BroadcastState>('GET', `broadcasts/${encodeURIComponent(id)}`);
      show({ type, group, counts });
      if (counts.status === 'completed' || counts.stalled) return;
    } catch (error) {
      const { status: code } = countFailure(error);
      if (code === 404 || code === 401 || code === 403) return;
    }
  }
}
