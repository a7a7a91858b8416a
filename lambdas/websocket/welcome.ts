/** The welcome task: posts `connection_established`, once the connection can be posted to, and closes the one it replaces. */
import { createClose } from '../delivery/close';
import { TRIES } from '../delivery/connecting';
import type { ReplacedConnection } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import type { Task } from '../ports/tasks';
import { encode, frameOf } from '../protocol/codec';
import { connectionEstablished } from '../protocol/server-messages';

/** Greets a client that is about to be connected. */
export interface WelcomeTask extends Task {
  task: 'welcome';
  clientId: string;
  connectionId: string;
  /** An older connection of the client, to be closed. */
  replaced?: ReplacedConnection;
}

export type WelcomeDependencies = Pick<Dependencies, 'connections' | 'connectionLimits' | 'clock' | 'newId' | 'log'>;

export function create({ connections, connectionLimits, clock, newId, log }: WelcomeDependencies) {
  const close = createClose({ connections, clock, newId });

  async function greet({ clientId, connectionId }: WelcomeTask): Promise<void> {
    for (const wait of TRIES) {
      if (wait > 0) await clock.sleep(wait);
      const now = isoTime(clock.now());
      const frame = frameOf(connectionEstablished(clientId, now, connectionLimits), newId(), now);
      if ((await connections.post(connectionId, encode(frame))) === 'delivered') return;
    }
    log.info('welcome_given_up', { client_id: clientId });
  }

  return async function welcome(task: WelcomeTask): Promise<void> {
    await greet(task);
    if (task.replaced === undefined) return;
    try {
      await close(task.replaced, 'replaced');
      log.info('replaced', { client_id: task.clientId });
    } catch (error) {
      log.error('replaced_stays_open', error, { client_id: task.clientId }); // not thrown: a retry would greet the client twice
    }
  };
}
