/** Loads and saves the state that survives a restart, as one text (R54 to R56). */
import type { StoredMessage } from './message';
import type { ShownBroadcast } from './shown-ids';
import type { ClientOptions, ClientStorage, Position } from './types';
import { isObject, textOf, wholeOf } from './wire';

export interface StoredState {
  resumeToken?: string;
  position?: Position;
  outbox: StoredMessage[];
  /** Broadcasts that were shown, which the server may replay. */
  shown: ShownBroadcast[];
}

const VERSION = 1;

export class StoredStates {
  /** Waits for the save that has not started yet. */
  #pending: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  readonly #storage: ClientStorage;
  readonly #json: NonNullable<ClientOptions['json']>;
  readonly #current: () => StoredState;
  readonly #failed: (error: unknown) => void;

  constructor(
    storage: ClientStorage,
    json: NonNullable<ClientOptions['json']>,
    current: () => StoredState,
    failed: (error: unknown) => void,
  ) {
    this.#storage = storage;
    this.#json = json;
    this.#current = current;
    this.#failed = failed;
  }

  /** Undefined if there is none, or if this version cannot read it. */
  async load(): Promise<StoredState | undefined> {
    try {
      const value: unknown = this.#json.parse((await this.#storage.load()) || 'null');
      return isObject(value) && value.version === VERSION ? stateOf(value) : undefined;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** One save runs at a time. Changes made meanwhile go into the next one together. Never rejects. */
  save(): Promise<void> {
    this.#pending ??= this.#last.then(async () => {
      this.#pending = undefined;
      try {
        await this.#storage.save(this.#json.stringify({ version: VERSION, ...this.#current() }));
      } catch (error) {
        this.#failed(error);
      }
    });
    this.#last = this.#pending;
    return this.#pending;
  }
}

function stateOf({ resumeToken, position, outbox, shown }: Record<string, unknown>): StoredState {
  const { epoch, seq, broadcast } = isObject(position) ? position : {};
  return {
    resumeToken: textOf(resumeToken),
    position:
      typeof epoch === 'string' && wholeOf(seq) !== undefined
        ? { epoch, seq: seq as number, broadcast: textOf(broadcast) }
        : undefined,
    outbox: Array.isArray(outbox) ? (outbox as StoredMessage[]) : [],
    shown: Array.isArray(shown) ? (shown as ShownBroadcast[]) : [],
  };
}
