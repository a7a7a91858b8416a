/** Finds secrets in a log: keys, tokens, and message contents. */

/** Names whose values are ids, types and the like, which a log may contain. */
const NO_CONTENTS = new Set([
  'type',
  'message_type',
  'tool_name',
  'client_id',
  'client_ids',
  'message_id',
  'group',
  'groups',
  'may_join',
  'reply_to',
  'call_id',
  'name',
  'scopes',
  'label',
  'labels',
  'status',
  'timestamp',
]);

/** Shorter texts could be part of a log's own words. */
const LEAST_LENGTH = 5;

/** A log that truncates texts leaks them too. */
const SEARCHED_LENGTH = 40;

/** The content of a message or a body: every text in it that is not a name or an id; all of it if it is not JSON. */
export function contentsOf(text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = text;
  }
  return textsIn(value).filter((found) => found.length >= LEAST_LENGTH);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .filter(([name]) => !NO_CONTENTS.has(name))
    .flatMap(([, inner]) => textsIn(inner));
}

export interface Leak {
  line: string;
  secret: string;
}

/** Each line that contains a secret, or the beginning of one, or anything that looks like a token. */
export function leaksIn(lines: readonly string[], secrets: Iterable<string>): Leak[] {
  const searched = [...new Set([...secrets].map((secret) => secret.slice(0, SEARCHED_LENGTH)))];
  return lines.flatMap((line) => {
    const secret = /\beyJ[\w-]{8,}/.exec(line)?.[0] ?? searched.find((part) => line.includes(part));
    return secret === undefined ? [] : [{ line, secret }];
  });
}
