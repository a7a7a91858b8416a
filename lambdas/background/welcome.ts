/**
 * The welcome task: posts `connection_established`, waiting for a connection that is still being opened, and closes the one
 * that it replaces: that would go on talking, with no session by which anybody could reach it or end it.
 */
import type { Connections } from '../connections/connections';
import { encode, frameOf } from '../protocol/codec';
import { connectionEstablished } from '../protocol/server-messages';
import { type Clock, isoTime, type Log, type NewId } from '../runtime';
import type { WelcomeTask } from './tasks';

/**
 * Milliseconds to wait before each try. The platform answers 410 until $connect has returned and the handshake is done,
 * a matter of milliseconds as a rule; after 5 seconds in all the client has gone.
 */
const TRIES = [0, 20, 40, 80, 160, 320, 640, 1_250, 2_500];

export interface WelcomeDependencies {
  connections: Connections;
  clock: Clock;
  newId: NewId;
  log: Log;
}

export function createWelcome({ connections, clock, newId, log }: WelcomeDependencies) {
  async function greet({ clientId, connectionId }: WelcomeTask): Promise<void> {
    for (const wait of TRIES) {
      if (wait > 0) await clock.sleep(wait);
      const now = isoTime(clock.now());
      const frame = frameOf(connectionEstablished(clientId, now), newId(), now);
      if ((await connections.post(connectionId, encode(frame))) === 'delivered') return;
    }
    log.info('welcome_given_up', { client_id: clientId });
  }

  return async function welcome(task: WelcomeTask): Promise<void> {
    await greet(task);
    if (task.replaced === undefined) return;
    try {
      await connections.close(task.replaced);
      log.info('replaced', { client_id: task.clientId });
    } catch (error) {
      log.error('replaced_stays_open', error, { client_id: task.clientId }); // thrown, it would have the client greeted again
    }
  };
}
