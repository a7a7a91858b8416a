/** Tracks running work, so that a stop can wait for it. */
export class Running {
  #count = 0;
  #whenIdle: (() => void)[] = [];
  readonly #ended = () => {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  };

  get count(): number {
    return this.#count;
  }

  /** Tracks a promise until it settles. Its error is handled elsewhere; here a rejection only counts as ended. */
  add<Result>(promise: Promise<Result>): Promise<Result> {
    this.#count += 1;
    promise.then(this.#ended, this.#ended);
    return promise;
  }

  /** Resolves when nothing is running, including work that starts meanwhile. */
  async idle(): Promise<void> {
    while (this.#count > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }
}
