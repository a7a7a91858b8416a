/** Watches of groups. The server ends them with the connection; this client restarts them on the next one. */
import type { Requests } from './requests';
import type { PresenceOptions, PresenceSnapshot, SendOptions } from './types';

export class Presence {
  readonly #groups = new Set<string>();
  readonly #requests: Requests;
  readonly #failed: (error: unknown) => void;

  constructor(requests: Requests, failed: (error: unknown) => void) {
    this.#requests = requests;
    this.#failed = failed;
  }

  async watch(group: string, { limit, cursor, signal }: PresenceOptions): Promise<PresenceSnapshot> {
    const message = { type: 'watch_presence', data: { group, limit, cursor }, answers: ['presence_snapshot'] };
    const { data } = await this.#requests.send(message, signal);
    this.#groups.add(group);
    const clients = (data.clients as { client_id: string; online: boolean }[]).map((one) => ({
      clientId: one.client_id,
      online: one.online,
    }));
    return {
      ...{ group, clients, members: data.members as number | undefined },
      ...{ cursor: data.cursor as string | undefined, watching: data.watching === true },
    };
  }

  async unwatch(group: string, { signal }: SendOptions): Promise<void> {
    this.#groups.delete(group);
    await this.#requests.send({ type: 'unwatch_presence', data: { group }, answers: ['presence_unwatched'] }, signal);
  }

  /** Call it after a reconnect. */
  renew(): void {
    for (const group of this.#groups) {
      this.watch(group, {}).catch((error) => {
        this.#groups.delete(group);
        if (error.code !== 'closed') this.#failed(error);
      });
    }
  }
}
