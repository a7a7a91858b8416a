/** The end-session task: takes a client offline after its $disconnect, or its failed $connect, could not reach the store. */
import type { Dependencies } from '../ports/dependencies';
import type { Task } from '../ports/tasks';
import { type AnnounceDependencies, createAnnounce } from '../presence/announce';

/** Takes a client offline, unless a newer connection has taken over. */
export interface EndSessionTask extends Task {
  task: 'end_session';
  clientId: string;
  connectionId: string;
}

/** Milliseconds before each attempt, about 8 minutes in all. Lambda then retries the task twice. */
const TRIES = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, ...Array(15).fill(30_000)];

export type EndSessionDependencies = AnnounceDependencies & Pick<Dependencies, 'clients' | 'clock' | 'log'>;

export function create(dependencies: EndSessionDependencies) {
  const { clients, clock, log } = dependencies;
  const announce = createAnnounce(dependencies);

  return async function endSession({ clientId, connectionId }: EndSessionTask): Promise<void> {
    let cause: unknown;
    for (const wait of TRIES) {
      if (wait > 0) await clock.sleep(wait);
      try {
        if (await clients.disconnect(clientId, connectionId)) await announce.client(clientId);
        return log.info('session_ended_late', { client_id: clientId });
      } catch (error) {
        cause = error;
      }
    }
    throw cause;
  };
}
