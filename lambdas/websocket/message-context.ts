/** The context that a handler gets with a message. Members that a handler does not use cost nothing. */
import { latestMessages } from '../delivery/latest-messages';
import type { ClientConnection, Receipt } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import type { HandlerContext } from '../ports/handler-context';
import type { HistoryRecord } from '../ports/history-store';
import { type Clock, type Log, withFields } from '../ports/runtime';
import type { Position } from '../protocol/position';
import type { GroupContext } from './group-messages';
import type { PresenceContext } from './presence-messages';
import type { ResumeContext } from './resume';

export type MessageContextDependencies = Pick<
  Dependencies,
  'history' | 'connections' | 'secrets' | 'appSettings' | 'clock' | 'log'
>;

export class MessageContext implements HandlerContext, ResumeContext, GroupContext, PresenceContext {
  readonly clientId: string;
  readonly labels: readonly string[];
  readonly clock: Clock;
  readonly settings: Readonly<Record<string, string>>;
  readonly connectionId: string;
  readonly mayJoin: string | undefined;
  readonly owner: string | undefined;
  /** The client's position; undefined if the store is not available. */
  readonly position: Position | undefined;
  readonly #messageId: string | undefined;
  readonly #dependencies: MessageContextDependencies;
  #controller: AbortController | undefined;
  #stopWatching: (() => void) | undefined;
  #aborted = false;

  constructor(
    connection: ClientConnection,
    messageId: string | undefined,
    receipt: Receipt | undefined,
    dependencies: MessageContextDependencies,
  ) {
    this.clientId = connection.clientId;
    this.labels = connection.labels;
    this.clock = dependencies.clock;
    this.settings = dependencies.appSettings;
    this.connectionId = connection.connectionId;
    this.mayJoin = connection.mayJoin;
    this.owner = connection.owner;
    this.position = receipt?.position;
    this.#messageId = messageId;
    this.#dependencies = dependencies;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
      else this.#stopWatching = this.#dependencies.connections.onClose?.(this.connectionId, () => this.abort());
    }
    return this.#controller.signal;
  }

  get log(): Log {
    return withFields(this.#dependencies.log, { client_id: this.clientId, message_id: this.#messageId });
  }

  history(limit: number, which?: (record: HistoryRecord) => boolean): Promise<HistoryRecord[]> {
    return latestMessages(this.#dependencies.history, this.clientId, limit, which);
  }

  secret(name: string): Promise<string> {
    return this.#dependencies.secrets.get(name);
  }

  get isAborted(): boolean {
    return this.#aborted;
  }

  /** Aborts `signal` because the client left or time is up. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  /** Call this when the message has been handled. */
  done(): void {
    this.#stopWatching?.();
  }
}
