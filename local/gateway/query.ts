/** The query string of a URL, and its parameters. */

/** Everything after the first `?`; a second `?` is part of a value. */
export function queryOf(url = ''): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

/** Names in the order of their first values. Linear in the number of parameters: a stranger's URL can have thousands. */
export function valuesByName(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return values;
}
