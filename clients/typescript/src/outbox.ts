/** Keeps the application's messages until they are answered: numbers them, and resends them so that they are handled once (R32 to R43). */
import { errorOf, isAnswer, type Message, type StoredMessage, storedOf } from './message';
import { RateLimit } from './rate-limit';
import { SwitchboardError } from './switchboard-error';
import { doubled, Timer } from './timers';
import type { Clock, Frame, Timers } from './types';
import { type Outgoing, wholeOf } from './wire';

/** Maximum number of unanswered messages: the server detects repeats only of this many. */
const WINDOW = 32;

interface Entry {
  message: Message;
  /** `due`: to be sent. `storing`: to be sent once it is stored. `resting`: for a while, after `in_progress`. */
  status: 'due' | 'storing' | 'sent' | 'resting';
  timer: Timer;
  tries: number;
  /** Characters of the frame; above 0 it has been sent, so no other message may ever use its number. */
  size: number;
  /** The application has cancelled the answer: `cancel` is sent whenever the server may not know that yet. */
  isCancelled: boolean;
}

export interface OutboxDependencies {
  sender: string;
  limit: number;
  timers: Timers;
  clock: Clock;
  /**
   * @returns characters of the frame
   * @throws SwitchboardError `payload_too_large`
   */
  send(frame: Outgoing): number;
  /** Stores everything; undefined if there is no storage. Never rejects. */
  save(): Promise<void> | undefined;
}

export class Outbox {
  #entries: Entry[] = [];
  /** The epoch of the connection; null on a plain server, undefined while messages wait. */
  #epoch: string | null | undefined;
  #lastSeq = 0;
  readonly #rateLimit: RateLimit;
  /** After a pause, the only message that is sent until it has got through. */
  #probe: Entry | undefined;
  readonly #dependencies: OutboxDependencies;

  constructor(dependencies: OutboxDependencies) {
    this.#dependencies = dependencies;
    this.#rateLimit = new RateLimit(dependencies.clock, dependencies.timers, () => this.#sendProbe());
  }

  get stored(): StoredMessage[] {
    return this.#entries.map(({ message }) => storedOf(message));
  }

  /** Messages of an earlier program come before those of this one. */
  restore(messages: StoredMessage[]): void {
    this.#entries.unshift(...messages.map((message) => this.#entryOf(message)));
  }

  /** @throws SwitchboardError `outbox_full` */
  add(message: Message): void {
    if (this.#entries.length >= this.#dependencies.limit) {
      throw new SwitchboardError('outbox_full', `${this.#dependencies.limit} messages wait for an answer already.`);
    }
    this.#entries.push(this.#entryOf(message));
    this.#dependencies.save();
    this.#flush();
  }

  /** Cancels the answer at the server (R64). A message that was never sent fails. */
  cancel(messageId: string): void {
    const entry = this.#find(messageId);
    if (!entry || entry.isCancelled) return;
    if (entry.size === 0) this.fail(messageId, new SwitchboardError('cancelled', 'Cancelled before it was sent.'));
    else {
      entry.isCancelled = true;
      if (entry.status === 'sent') this.#sendCancel(entry);
    }
  }

  #sendCancel({ message: { messageId } }: Entry): void {
    this.#dependencies.send({ type: 'cancel', data: { message_id: messageId } });
  }

  /** Abandons a message. */
  fail(messageId: string, error: SwitchboardError): void {
    const entry = this.#find(messageId);
    if (entry) this.#remove(entry).reject?.(error);
  }

  /**
   * Starts sending once the connection is up and any resume is complete: first it resends unanswered messages, then it sends new ones.
   * @param epoch  null for a server without positions
   */
  open(epoch: string | null): void {
    for (const entry of [...this.#entries]) {
      const { message } = entry;
      if (message.epoch !== undefined && message.epoch !== epoch) this.#failUnknown(entry);
    }
    this.#epoch = epoch;
    this.#flush();
  }

  /** The connection has ended, or is about to be replaced. Messages wait. */
  pause(): void {
    const wasPlain = this.#epoch === null;
    this.#epoch = undefined;
    this.#rateLimit.stop();
    this.#probe = undefined;
    for (const entry of [...this.#entries]) {
      entry.timer.clear();
      entry.tries = 0;
      if (entry.status === 'sent' && wasPlain) this.#failUnknown(entry);
      else entry.status = 'due';
    }
  }

  /** The largest unanswered message exceeded the server's limit. */
  failLargest(): void {
    const sent = this.#entries.filter(({ status }) => status === 'sent').sort((a, b) => b.size - a.size);
    const text = 'The server closed the connection: message too large.';
    if (sent[0]) this.#remove(sent[0]).reject?.(new SwitchboardError('payload_too_large', text));
  }

  /** The client is closed. With a storage the messages are kept for the next start, and their promises fail. */
  close(isStored: boolean): void {
    this.pause();
    const entries = this.#entries;
    if (!isStored) this.#entries = [];
    for (const { message } of entries) {
      const { reject } = message;
      message.resolve = message.reject = message.onProgress = undefined;
      reject?.(new SwitchboardError('closed', 'The client was closed before the answer came.'));
    }
  }

  /**
   * Takes a frame that answers something.
   * @returns false if it is not for the application: the message will be sent again, or the error is about a ping
   */
  answer(frame: Frame): boolean {
    const entry = frame.replyTo === undefined ? undefined : this.#find(frame.replyTo);
    if (!entry) return frame.type !== 'error' || frame.seq !== undefined;
    const { code } = frame.data;
    if (frame.type === 'error' && code === 'rate_limited') this.#limited(entry, wholeOf(frame.data.retry_after_ms));
    else {
      if (entry === this.#probe) this.#resume();
      if (frame.type === 'error' && code === 'in_progress') this.#rest(entry);
      else {
        this.#progress(entry, frame);
        return true;
      }
    }
    return false;
  }

  #progress(entry: Entry, frame: Frame): void {
    if (frame.type === 'error') this.#remove(entry).reject?.(errorOf(frame.data));
    else if (isAnswer(frame, entry.message)) this.#remove(entry).resolve?.(frame);
    else {
      if (entry.status === 'sent') this.#expectAnswer(entry);
      entry.message.onProgress?.(frame);
    }
    this.#flush();
  }

  #entryOf(message: Message): Entry {
    return {
      message,
      status: 'due',
      timer: new Timer(this.#dependencies.clock),
      tries: 0,
      size: 0,
      isCancelled: false,
    };
  }

  #find(messageId: string): Entry | undefined {
    return this.#entries.find(({ message }) => message.messageId === messageId);
  }

  #remove(entry: Entry): Message {
    entry.timer.clear();
    this.#entries = this.#entries.filter((other) => other !== entry);
    if (entry === this.#probe) this.#resume();
    this.#dependencies.save();
    return entry.message;
  }

  #failUnknown(entry: Entry): void {
    const text = 'The connection broke. The server may have handled the message.';
    this.#remove(entry).reject?.(new SwitchboardError('outcome_unknown', text));
  }

  /** Sends all messages that may be sent, in order. */
  #flush(): void {
    if (this.#epoch === undefined || this.#rateLimit.isPaused || this.#probe) return;
    for (const entry of [...this.#entries]) {
      if (entry.status !== 'due') continue;
      if (!this.#number(entry.message)) return;
      this.#send(entry);
      if (this.#epoch === undefined) return; // a send that failed at once
    }
  }

  /**
   * Numbers a message that has no number yet. @returns false if it must wait: for room in the window, or for an earlier program's messages
   */
  #number(message: Message): boolean {
    if (message.senderSeq !== undefined) return true;
    const { sender } = this.#dependencies;
    const lowest = this.#entries.find(({ message: other }) => other.senderSeq !== undefined)?.message;
    const next = this.#lastSeq + 1;
    if (lowest && (lowest.sender !== sender || next - (lowest.senderSeq as number) >= WINDOW)) return false;
    this.#lastSeq = next;
    message.sender = sender;
    message.senderSeq = next;
    return true;
  }

  #send(entry: Entry): void {
    const { message } = entry;
    message.epoch = this.#epoch ?? '';
    entry.status = 'storing';
    const stored = this.#dependencies.save();
    if (!stored) this.#transmit(entry);
    else stored.then(() => entry.status === 'storing' && this.#transmit(entry));
  }

  #transmit(entry: Entry): void {
    const { type, data, messageId, replyTo, sender, senderSeq } = entry.message;
    entry.status = 'sent';
    this.#expectAnswer(entry);
    try {
      entry.size = this.#dependencies.send({ type, data, messageId, replyTo, sender, senderSeq });
      if (entry.isCancelled) this.#sendCancel(entry);
    } catch (error) {
      if (entry.size === 0 && sender === this.#dependencies.sender && senderSeq === this.#lastSeq) this.#lastSeq--;
      this.#remove(entry).reject?.(error);
    }
  }

  #expectAnswer(entry: Entry): void {
    const isPlain = this.#epoch === null;
    entry.timer.set(this.#dependencies.timers.answerMs, () => {
      if (isPlain) this.fail(entry.message.messageId, new SwitchboardError('no_answer', 'No answer came in time.'));
      else this.#again(entry);
    });
  }

  #again(entry: Entry): void {
    entry.status = 'due';
    this.#flush();
  }

  /** The server is still handling it: the answer arrives by itself, or on the next attempt. */
  #rest(entry: Entry): void {
    const { retryMs, backoffMaxMs } = this.#dependencies.timers;
    entry.status = 'resting';
    entry.timer.set(doubled(retryMs, entry.tries++, backoffMaxMs), () => this.#again(entry));
  }

  #limited(entry: Entry, retryAfterMs: number | undefined): void {
    entry.timer.clear();
    entry.status = 'due';
    if (this.#epoch === null) entry.message.epoch = undefined; // refused, so surely not handled
    this.#probe = undefined;
    this.#rateLimit.refused(retryAfterMs);
  }

  #sendProbe(): void {
    const entry = this.#entries.find(({ status, message }) => status === 'due' && message.senderSeq !== undefined);
    this.#probe = entry;
    if (entry) this.#send(entry);
    else this.#resume();
  }

  /** The rate limit is over. */
  #resume(): void {
    this.#probe = undefined;
    this.#rateLimit.passed();
    this.#flush();
  }
}
