/** Creates, lists, rotates and deletes named keys of a server through its HTTP API. */
import { readKeyFile } from '../../local/key-file';
import { readSettings } from '../../local/settings';
import { noAnswer, UsageError } from '../usage-error';
import { type NamedOptions, readNamedOptions } from './named-options';

const DEFAULT_URL = 'http://localhost:9005';

/** A key in the HTTP API. */
interface ShownKey {
  name: string;
  scopes: string[];
  labels: string[];
  rate?: number;
  ends_at?: string;
  previous_until?: string;
  last_used_at?: string;
}

export interface Streams {
  out(line: string): void;
  /** Prints text for people, separate from the key. */
  note(line: string): void;
}

/** Prints only the key to standard output, so that a shell can capture it. @throws UsageError, KeysError, SettingError */
export async function manageNamedKeys(args: string[], { out, note }: Streams): Promise<void> {
  const options = readNamedOptions(args);
  const { command, name } = options;
  const answer = await callServer(options);
  if (command === 'list') {
    const keys = answer.keys as ShownKey[];
    for (const key of keys) out(lineOf(key));
    if (keys.length === 0) note('There are no named keys; make NAME makes one.');
  } else if (command === 'delete') {
    note(`${name} is deleted. Tokens that it issued stay valid until they expire, or are revoked: POST /revocations.`);
  } else {
    out(String(answer.key));
    note(`${lineOf(answer as unknown as ShownKey)}. The key is not shown again.`);
  }
}

function lineOf({ name, scopes, labels, rate, ends_at, previous_until, last_used_at }: ShownKey): string {
  const [owner, ...more] = labels;
  return [
    `${name}: ${scopes.join(', ')}`,
    owner !== undefined && `owner ${owner}`,
    more.length > 0 && `labels ${more.join(', ')}`,
    rate !== undefined && `${rate} calls a second`,
    ends_at !== undefined && `ends ${ends_at}`,
    previous_until !== undefined && `the previous text is valid until ${previous_until}`,
    last_used_at !== undefined && `last used ${last_used_at}`,
  ]
    .filter((part) => part !== false)
    .join('; ');
}

const CALLS: Readonly<Record<NamedOptions['command'], (name: string) => [method: string, path: string]>> = {
  list: () => ['GET', '/keys'],
  make: () => ['POST', '/keys'],
  rotate: (name) => ['POST', `/keys/${encodeURIComponent(name)}/rotate`],
  delete: (name) => ['DELETE', `/keys/${encodeURIComponent(name)}`],
};

async function callServer({ command, name = '', body, url: given }: NamedOptions) {
  const url = given ?? DEFAULT_URL;
  const [method, path] = CALLS[command](name);
  const key = process.env.API_KEY ?? (given === undefined ? await keyInFile() : undefined);
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(url.replace(/\/$/, '') + path, request).catch((error) => {
    throw noAnswer(url, error);
  });
  const text = await response.text();
  if (response.ok) return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  throw new UsageError(reasonOf(response.status, text, url));
}

function reasonOf(status: number, text: string, url: string): string {
  if (status === 401 || status === 403) {
    return `${url} refuses this call (HTTP ${status}): set API_KEY to a key with the scope admin.`;
  }
  const { detail, errors = [] } = problemFrom(text);
  const reasons = errors.map(({ path, message }) => `${path}: ${message}`);
  return reasons.join('\n') || detail || `${url} answers with HTTP ${status}.`;
}

function problemFrom(text: string): { detail?: string; errors?: { path: string; message: string }[] } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

async function keyInFile(): Promise<string> {
  return (await readKeyFile(readSettings(process.env).KEYS_FILE)).apiKey.current;
}
