/** The welcome task: posts `connection_established` once the connection is open, and closes the connection it replaces. */
import { createClose } from '../delivery/close';
import { TRIES } from '../delivery/connecting';
import type { ReplacedConnection } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import type { Task } from '../ports/tasks';
import { encode, frameOf } from '../protocol/codec';
import { newBroadcastPosition, type Position } from '../protocol/position';
import { connectionEstablished, type Greeting } from '../protocol/server-messages';

/** Greets a client whose connection is about to open. */
export interface WelcomeTask extends Task {
  task: 'welcome';
  clientId: string;
  connectionId: string;
  /** ISO-8601. */
  connectedAt: string;
  /** The last position assigned. */
  position: Position;
  /** For a client without a token. */
  resumeToken?: string;
  /** An older connection of the client that must be closed. */
  replaced?: ReplacedConnection;
}

export type WelcomeDependencies = Pick<Dependencies, 'connections' | 'connectionLimits' | 'clock' | 'newId' | 'log'>;

export function create({ connections, connectionLimits, clock, newId, log }: WelcomeDependencies) {
  const close = createClose({ connections, clock, newId });

  function greeting({ clientId, connectedAt, position, resumeToken }: WelcomeTask, now: number): Greeting {
    const expires = Date.parse(connectedAt) + connectionLimits.lifetimeSeconds * 1_000;
    return {
      heartbeatSeconds: connectionLimits.heartbeatSeconds,
      maxFrameBytes: connectionLimits.maxFrameBytes,
      resumableSeconds: connectionLimits.resumableSeconds,
      clientId,
      serverTime: isoTime(now),
      position,
      broadcast: newBroadcastPosition(now),
      connectionExpiresAt: isoTime(expires),
      resumeToken,
    };
  }

  async function greet(task: WelcomeTask): Promise<void> {
    const { clientId, connectionId } = task;
    for (const wait of TRIES) {
      if (wait > 0) await clock.sleep(wait);
      const now = clock.now();
      const frame = frameOf(connectionEstablished(greeting(task, now)), newId(), isoTime(now));
      if ((await connections.post(connectionId, encode(frame))) === 'delivered') return;
    }
    log.warn('welcome_given_up', { client_id: clientId });
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
