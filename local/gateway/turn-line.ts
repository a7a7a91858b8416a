/** A fair queue: round-robin over origins, first come, first served within each. */
export class TurnLine<Client extends { readonly origin: string }> {
  /** In serving order. */
  readonly #queues = new Map<string, Client[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(client: Client): void {
    this.#size += 1;
    const queue = this.#queues.get(client.origin);
    if (queue) queue.push(client);
    else this.#queues.set(client.origin, [client]);
  }

  /** Removes and returns the next one; undefined if the queue is empty. */
  next(): Client | undefined {
    for (const [origin, queue] of this.#queues) {
      const client = queue.shift();
      this.#size -= 1;
      this.#queues.delete(origin);
      if (queue.length > 0) this.#queues.set(origin, queue); // behind the other origins
      return client;
    }
    return undefined;
  }
}
