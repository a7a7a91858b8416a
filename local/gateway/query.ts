/** The query of a URL, and what it says by name. */

/** What follows the first `?`; a second one is part of a value. */
export function queryOf(url = ''): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

/** Names in the order of their first values. Each parameter is looked at once: a URL has room for thousands, from anybody. */
export function valuesByName(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return values;
}
