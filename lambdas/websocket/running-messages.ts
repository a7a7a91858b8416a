/** The numbered messages that this process is handling: a repeat of one is not handled, however long it takes. Lambda ends a handler in time. */
import type { SenderNumber } from '../protocol/marks';

export interface RunningMessage {
  /** True if the same message was already running. */
  isRepeat: boolean;
  end(): void;
}

export class RunningMessages {
  /** How many of each have begun and not ended. */
  readonly #counts = new Map<string, number>();

  begin(clientId: string, { sender, number }: SenderNumber): RunningMessage {
    const key = `${number} ${clientId} ${sender}`;
    const before = this.#counts.get(key) ?? 0;
    this.#counts.set(key, before + 1);
    return {
      isRepeat: before > 0,
      end: () => {
        const left = (this.#counts.get(key) ?? 1) - 1;
        if (left > 0) this.#counts.set(key, left);
        else this.#counts.delete(key);
      },
    };
  }
}
