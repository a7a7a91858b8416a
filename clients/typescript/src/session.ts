/** Manages the connection across sockets: attempts, greetings, recovery, the planned replacement, and the end. */
import { Dialer, type DialerDependencies } from './dialer';
import { isUnauthorized, reasonToStop, sentenceOf, sentenceOfEnding, TOO_LARGE } from './endings';
import type { Inbox, Received } from './inbox';
import type { Ending, Link } from './link';
import type { Outbox } from './outbox';
import { Recovery } from './recovery';
import { Sender } from './sender';
import { doubled, Timer } from './timers';
import type { JsonObject, Position, RecoveryResult, State, StateChange } from './types';
import { type Greeting, type Outgoing, textOf, wholeOf } from './wire';

export interface SessionDependencies extends DialerDependencies {
  random(): number;
  newId(): string;
  inbox: Inbox;
  outbox(): Outbox;
  changed(change: StateChange): void;
  greeted(greeting: Greeting): void;
  recovered(result: RecoveryResult): void;
  /** A connection is complete: messages can be sent on it. */
  completed(): void;
}

export class Session {
  state: State = 'idle';
  /** The connection that messages go to. */
  #link: Link | undefined;
  /** The second connection of a planned replacement, until its greeting. */
  #next: Link | undefined;
  /** The first connection of a planned replacement, read until the second has recovered. */
  #leaving: Link | undefined;
  /** Why the first connection ended, while the second has not been greeted yet. */
  #replaced = false;
  #isRecovering = false;
  #hasBeenConnected = false;
  #wasUnauthorized = false;
  #waits = 0;
  #changeTries = 0;
  /** Attempts of an earlier run that still wait for their token end. */
  #run = 0;
  readonly #wait: Timer;
  readonly #change: Timer;
  readonly #dialer: Dialer;
  readonly #sender: Sender;
  readonly #recovery: Recovery;
  readonly #dependencies: SessionDependencies;

  constructor(dependencies: SessionDependencies) {
    const { inbox, clock, timers, newId } = dependencies;
    this.#dependencies = dependencies;
    this.#wait = new Timer(clock);
    this.#change = new Timer(clock);
    this.#dialer = new Dialer(this.#events, dependencies);
    this.#sender = new Sender({ ...dependencies, acknowledge: () => this.#link && this.#ping(this.#link) });
    this.#recovery = new Recovery({
      ...{ inbox, clock, timers, newId },
      send: (messageId, position) => this.send({ type: 'resume', messageId, data: { ...position } }),
      dead: () => this.#link?.abandon(),
      done: (result) => this.#recovered(result),
    });
  }

  get resumeToken(): string | undefined {
    return this.#dialer.resumeToken;
  }

  set resumeToken(token: string | undefined) {
    this.#dialer.resumeToken = token;
  }

  start(): void {
    this.#waits = 0;
    this.#wasUnauthorized = false;
    this.#attempt();
  }

  close(reason: string): void {
    this.#run++;
    this.#wait.clear();
    this.#change.clear();
    this.#sender.pause();
    this.#recovery.stop();
    for (const link of [this.#link, this.#next, this.#leaving]) link?.leave(1000);
    this.#link = this.#next = this.#leaving = undefined;
    this.#replaced = false;
    this.#isRecovering = false;
    this.#set('closed', { reason, message: sentenceOf(reason) });
  }

  /** The network is back, or the machine woke up. */
  wake(): void {
    if (this.state === 'waiting') this.#attempt();
    else if (this.#link) this.#ping(this.#link);
  }

  /**
   * @returns characters of the frame
   * @throws SwitchboardError `payload_too_large`
   */
  send(frame: Outgoing): number {
    return this.#sender.send(this.#link, frame, this.#isRecovering);
  }

  /** A push was shown to the application. */
  pushShown(): void {
    this.#sender.pushShown();
  }

  #ping(link: Link): void {
    if (this.#sender.send(link, { type: 'ping' }, this.#isRecovering) > 0) link.expectPong();
  }

  #set(state: State, more: Partial<StateChange> = {}): void {
    const previous = this.state;
    if (state === previous && state !== 'closed') return;
    this.state = state;
    this.#dependencies.changed({ state, previous, ...more });
  }

  #attempt(): void {
    this.#wait.clear();
    this.#set('connecting');
    const run = ++this.#run;
    this.#dialer.open(
      () => run === this.#run,
      (link) => {
        if (link) this.#link = link;
        else this.#back('No connection could be opened; onError has the reason.');
      },
    );
  }

  readonly #events = {
    greeted: (link: Link, early: Received[]) => this.#greeted(link, early),
    received: (link: Link, received: Received) => this.#received(link, received),
    closing: (link: Link, data: JsonObject) => this.#closing(link, data),
    ended: (link: Link, ending: Ending) => this.#ended(link, ending),
    pingDue: (link: Link) => this.#ping(link),
  };

  #greeted(link: Link, early: Received[]): void {
    const { inbox, timers, random, greeted, outbox } = this.#dependencies;
    const greeting = link.greeting as Greeting;
    if (link === this.#next) {
      outbox().pause();
      this.#recovery.stop();
      this.#leaving = this.#link;
      this.#link = link;
      this.#next = undefined;
    }
    this.#replaced = false;
    this.#changeTries = 0;
    this.#wasUnauthorized = false;
    this.resumeToken = greeting.resumeToken ?? this.resumeToken;
    const { epoch, lifeMs } = greeting;
    if (epoch !== undefined && lifeMs !== undefined) {
      this.#change.set(Math.max(lifeMs / 2, lifeMs - timers.changeMs * (1 + random())), () => this.#changeLink());
    }
    greeted(greeting);

    const isUnproved = epoch === undefined && (this.#hasBeenConnected || inbox.position !== undefined);
    const isNew = epoch !== undefined && inbox.position === undefined;
    if (epoch === undefined) inbox.position = undefined;
    else if (isNew) inbox.begin({ ...greeting, epoch }, early);
    this.#isRecovering = epoch !== undefined && !isNew && !inbox.isUpTo(greeting);
    if (this.#isRecovering && !this.#leaving) this.#set('recovering');
    for (const received of early) this.#received(link, received);
    if (this.#link !== link) return;
    if (this.#isRecovering) this.#recovery.start();
    else {
      if (isUnproved) this.#dependencies.recovered({ recovered: false, reason: 'unsupported', count: 0 });
      this.#complete();
    }
  }

  #received(link: Link, received: Received): void {
    const { frame } = received;
    const isOurs = frame.broadcast === undefined;
    const isPong = isOurs && frame.type === 'pong';
    if (isPong && (link !== this.#link || this.#isRecovering)) return;
    if (isOurs && link.greeting && link === this.#link && this.#recovery.answer(frame, link.greeting)) return;
    if (isOurs && frame.type === 'resumed') return;
    const { inbox } = this.#dependencies;
    const isOfEpoch = isPong ? inbox.expect(frame.data) : inbox.take(received, this.#isRecovering);
    if (!this.#link || this.#isRecovering) return;
    if (isOfEpoch) this.#recovery.checkHole();
    else this.#recovery.start();
  }

  #recovered(result: RecoveryResult): void {
    this.#dependencies.recovered(result);
    if (this.#isRecovering && this.#link) this.#complete();
  }

  /** The recovery is complete: starts sending messages. */
  #complete(): void {
    const { outbox } = this.#dependencies;
    this.#isRecovering = false;
    this.#leaving?.leave(1000);
    this.#leaving = undefined;
    this.#dependencies.inbox.release();
    if (!this.#link) return; // a listener closed the client
    this.#hasBeenConnected = true;
    this.#set('connected');
    if (!this.#link?.greeting) return;
    const { position } = this.#dependencies.inbox;
    this.#sender.resume();
    outbox().open(this.#link.greeting.epoch === undefined ? null : (position as Position).epoch);
    this.#dependencies.completed();
    this.#recovery.checkHole();
  }

  /** The server says why it is about to close. */
  #closing(link: Link, data: JsonObject): void {
    if (link === this.#leaving) return;
    const reason = textOf(data.reason) ?? 'closed_by_server';
    const isFinal = data.reconnect !== true;
    link.leave(1000);
    if (isFinal && link === this.#link && reason === 'replaced' && this.#next) {
      this.#replaced = true;
      this.#dropFirst();
    } else if (isFinal) this.close(reason);
    else if (link === this.#next) this.#changeFailed();
    else if (this.#next) this.#dropFirst();
    else this.#back(sentenceOf(reason), link, wholeOf(data.after_ms));
  }

  #ended(link: Link, ending: Ending): void {
    if (link === this.#leaving) this.#leaving = undefined;
    else if (link === this.#next) this.#changeFailed();
    else if (this.#next) this.#dropFirst();
    else this.#dropped(link, ending);
  }

  /** Only the second connection of a planned replacement is left: it becomes the next attempt. */
  #dropFirst(): void {
    const next = this.#next;
    this.#reset();
    this.#link = next;
    this.#set('connecting');
  }

  /** Without a connection. */
  #reset(): void {
    this.#link = this.#next = undefined;
    this.#leaving?.leave(1000);
    this.#leaving = undefined;
    this.#isRecovering = false;
    this.#change.clear();
    this.#sender.pause();
    this.#recovery.stop();
    this.#dependencies.outbox().pause();
  }

  #dropped(link: Link, ending: Ending): void {
    if (ending.code === TOO_LARGE) this.#dependencies.outbox().failLargest();
    const mayTryAnotherToken = this.#dependencies.token !== undefined && !this.#wasUnauthorized;
    const reason = this.#replaced ? 'replaced' : reasonToStop(ending, mayTryAnotherToken);
    this.#wasUnauthorized = isUnauthorized(ending);
    if (reason === undefined) this.#back(sentenceOfEnding(ending, link.greeting !== undefined), link);
    else {
      this.#link = undefined;
      this.close(reason);
    }
  }

  /**
   * Waits, then makes the next attempt.
   * @param message  why, for people
   * @param afterMs  the server's `after_ms`, in addition to the random wait
   */
  #back(message: string, link?: Link, afterMs = 0): void {
    const { clock, timers, random } = this.#dependencies;
    if (link?.greeting && clock.now() - link.greetedAt >= timers.stableMs) this.#waits = 0;
    this.#reset();
    const retryInMs = afterMs + random() * doubled(timers.backoffMs, this.#waits++, timers.backoffMaxMs);
    this.#wait.set(retryInMs, () => this.#attempt());
    this.#set('waiting', { retryInMs, message });
  }

  /** Opens the second connection, while the first stays in use. */
  #changeLink(): void {
    const first = this.#link;
    this.#dialer.open(
      () => first !== undefined && this.#link === first,
      (link) => {
        if (link) this.#next = link;
        else this.#changeFailed();
      },
    );
  }

  #changeFailed(): void {
    const { timers, random } = this.#dependencies;
    this.#next = undefined;
    const wait = random() * doubled(timers.backoffMs, this.#changeTries++, timers.backoffMaxMs);
    this.#change.set(wait, () => this.#changeLink());
  }
}
