/** Work that is under way, so that a stop can wait for it. */
export class Running {
  readonly #promises = new Set<Promise<unknown>>();

  /** Follows a promise to its end. What it throws is for whoever awaits it; here it only counts as ended. */
  add<Result>(promise: Promise<Result>): Promise<Result> {
    const settled: Promise<unknown> = promise.then(
      () => this.#promises.delete(settled),
      () => this.#promises.delete(settled),
    );
    this.#promises.add(settled);
    return promise;
  }

  /** Resolves when nothing is under way, what begins meanwhile included. */
  async idle(): Promise<void> {
    while (this.#promises.size > 0) await Promise.all(this.#promises);
  }
}
