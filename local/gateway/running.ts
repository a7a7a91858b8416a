/** Work that is under way, so that a stop can wait for it. */
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

  /** Follows a promise to its end. What it throws is for whoever awaits it; here it only counts as ended. */
  add<Result>(promise: Promise<Result>): Promise<Result> {
    this.#count += 1;
    promise.then(this.#ended, this.#ended);
    return promise;
  }

  /** Resolves when nothing is under way, what begins meanwhile included. */
  async idle(): Promise<void> {
    while (this.#count > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }
}
