/** Online clients by label, in the order in which they came online. */

export class LabelIndex<Entry extends { clientId: string }> {
  readonly #entries = new Map<string, Map<string, Entry>>();

  add(entry: Entry, labels: readonly string[]): void {
    for (const label of labels) {
      const own = this.#entries.get(label) ?? new Map<string, Entry>();
      own.set(entry.clientId, entry);
      this.#entries.set(label, own);
    }
  }

  remove({ clientId }: Entry, labels: readonly string[]): void {
    for (const label of labels) {
      const own = this.#entries.get(label);
      own?.delete(clientId);
      if (own?.size === 0) this.#entries.delete(label);
    }
  }

  of(label: string): Iterable<Entry> {
    return this.#entries.get(label)?.values() ?? [];
  }
}
