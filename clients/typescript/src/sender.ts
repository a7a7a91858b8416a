/** Writes frames to a socket, with acknowledgements and a size limit (R42, R44, R45). */
import type { Inbox } from './inbox';
import type { Link, LinkDependencies } from './link';
import { SwitchboardError } from './switchboard-error';
import { Timer } from './timers';
import { type Outgoing, wireOf } from './wire';

export interface SenderDependencies extends Pick<LinkDependencies, 'json' | 'clock' | 'timers'> {
  inbox: Inbox;
  /** No frame has carried the acknowledgement: time for a ping. */
  acknowledge(): void;
}

/** UTF-8 has at most three bytes for each unit of a JavaScript string. */
const MAX_BYTES_PER_UNIT = 3;

export class Sender {
  /** A push was shown that no frame has acknowledged yet. */
  #isUnacknowledged = false;
  readonly #timer: Timer;
  readonly #dependencies: SenderDependencies;

  constructor(dependencies: SenderDependencies) {
    this.#dependencies = dependencies;
    this.#timer = new Timer(dependencies.clock);
  }

  /**
   * @returns characters of the frame; 0 if there is no connection to send it on
   * @throws SwitchboardError `payload_too_large`
   */
  send(link: Link | undefined, frame: Outgoing, isRecovering: boolean): number {
    const greeting = link?.greeting;
    if (!link || !greeting) return 0;
    const { json, inbox } = this.#dependencies;
    const { epoch, seq } = inbox.position ?? {};
    const isOfServer = greeting.epoch !== undefined && (!isRecovering || greeting.epoch === epoch);
    const ack = isOfServer ? seq : undefined;
    const text = json.stringify(wireOf({ ...frame, ack }));
    assertFits(text, greeting.maxBytes);
    if (ack !== undefined) {
      this.#isUnacknowledged = false;
      this.#timer.clear();
    }
    link.send(text);
    return text.length;
  }

  /** A push was shown: some frame must acknowledge it. */
  pushShown(): void {
    const { timers, acknowledge } = this.#dependencies;
    this.#isUnacknowledged = true;
    if (timers.ackMs !== null && !this.#timer.isSet) this.#timer.set(timers.ackMs, acknowledge);
  }

  /** Without a connection nothing can be acknowledged. */
  pause(): void {
    this.#timer.clear();
  }

  resume(): void {
    if (this.#isUnacknowledged) this.pushShown();
  }
}

function assertFits(text: string, maxBytes: number): void {
  if (text.length * MAX_BYTES_PER_UNIT <= maxBytes || new TextEncoder().encode(text).length <= maxBytes) return;
  throw new SwitchboardError('payload_too_large', `Message too large: the limit is ${maxBytes} bytes (UTF-8).`);
}
