/** The client that waits for a reply. Follows it to its next connection. */
import { createDeliver, type Deliver, type DeliverDependencies } from '../delivery/deliver';
import type { ClientConnection } from '../ports/client-store';
import { ConnectionError } from '../ports/connections';
import type { PostOutcome } from './delta-stream';

/** Connections that the end of a reply is posted to in turn, because the client may have just left one. */
const MAX_CONNECTIONS = 3;

export class ReplyTarget {
  readonly #dependencies: DeliverDependencies;
  readonly #deliver: Deliver;
  readonly #clientId: string;
  #connection: ClientConnection | undefined;

  constructor(connection: ClientConnection, dependencies: DeliverDependencies) {
    this.#dependencies = dependencies;
    this.#deliver = createDeliver(dependencies);
    this.#clientId = connection.clientId;
    this.#connection = connection;
  }

  /** Posts a piece once. If it is lost, the next piece makes up for it. */
  async post(text: string): Promise<PostOutcome> {
    const { connections, log } = this.#dependencies;
    try {
      const connection = this.#connection ?? (await this.#find());
      if (!connection) return 'gone';
      if ((await connections.post(connection.connectionId, text, 'once')) === 'delivered') return 'delivered';
      return (await this.#find(connection)) ? 'moved' : 'gone';
    } catch (error) {
      if (error instanceof ConnectionError && error.code === 'throttled') return 'throttled';
      log.info('delta_failed', { client_id: this.#clientId });
      return 'unknown';
    }
  }

  /** Posts the end of the reply, which is already stored: a client that misses it resumes. */
  async finish(text: string): Promise<void> {
    const { log } = this.#dependencies;
    try {
      for (let tries = 0; tries < MAX_CONNECTIONS; tries++) {
        const connection = this.#connection ?? (await this.#find());
        if (!connection || (await this.#deliver(connection, text, 'at_least_once')) === 'delivered') return;
        await this.#find(connection);
      }
    } catch (error) {
      if (error instanceof ConnectionError) log.info('reply_not_posted', { client_id: this.#clientId });
      else log.error('reply_not_posted', error, { client_id: this.#clientId });
    }
  }

  /** True if the client has a connection. */
  async isThere(): Promise<boolean> {
    return (await this.#find()) !== undefined;
  }

  /** Looks up the client. @returns its connection, if it is not the one before */
  async #find(before?: ClientConnection): Promise<ClientConnection | undefined> {
    const found = await this.#dependencies.clients.get(this.#clientId);
    this.#connection = found?.connectionId === before?.connectionId ? undefined : found;
    return this.#connection;
  }
}
