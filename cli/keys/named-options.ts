/** The command line of the commands for named keys, which a server keeps. */
import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error';

/** A call of the HTTP API. */
export interface NamedKeyCall {
  command: NamedCommand;
  /** The name of the key; missing for a list. */
  name?: string;
  /** The body of the call, if any. */
  body?: Record<string, unknown>;
}

export interface NamedOptions extends NamedKeyCall {
  /** URL of the server; by default the one on this machine. */
  url?: string;
}

export const NAMED_COMMANDS = ['list', 'make', 'rotate', 'delete'] as const;
type NamedCommand = (typeof NAMED_COMMANDS)[number];

export const NAMED_HELP = [
  '  list            shows the named keys, and when each was last used',
  '  make NAME       creates a key, and prints it; it is not shown again',
  '  rotate NAME     replaces the key, and prints the new one; the previous one stays valid for --overlap seconds',
  '  delete NAME     deletes the key',
  '',
  '  --scopes LIST   of make: what the key may do, such as read,push,tokens, or admin',
  '  --owner LABEL   of make: binds the key to the clients of one owner; their tokens have this label first',
  '  --labels LIST   of make: further labels of the tokens of an owner',
  '  --rate N        of make: calls per second',
  '  --ttl SECONDS   of make: when the key expires',
  '  --overlap SECONDS  of rotate; default: 3600',
  '  --url URL       the HTTP API of a server or deployment; default: this machine. Set the variable API_KEY to a key',
  '                  with the scope admin; without --url and API_KEY the key in KEYS_FILE is used',
];

/** @throws UsageError, or what `parseArgs` throws */
export function readNamedOptions(args: string[]): NamedOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      scopes: { type: 'string' },
      owner: { type: 'string' },
      labels: { type: 'string' },
      rate: { type: 'string' },
      ttl: { type: 'string' },
      overlap: { type: 'string' },
      url: { type: 'string' },
    },
  });
  const [command, name, ...more] = positionals as [NamedCommand, ...string[]];
  if (more.length > 0) throw new UsageError(`Unexpected argument "${more[0]}". See --help.`);
  const { url, ...given } = values;
  const wrong = Object.keys(given).find((option) => !OPTIONS_OF[command].includes(option));
  if (wrong !== undefined) throw new UsageError(`${command} has no option --${wrong}. See --help.`);
  const where = url === undefined ? {} : { url };
  if (command === 'list') {
    if (name !== undefined) throw new UsageError(`Unexpected argument "${name}". See --help.`);
    return { command, ...where };
  }
  if (name === undefined) throw new UsageError(`Name the key: ${command} NAME.`);
  if (command === 'make') return { command, name, body: keyFrom(name, given), ...where };
  if (command === 'delete') return { command, name, ...where };
  return { command, name, body: { overlap_seconds: numberFrom('overlap', given.overlap) }, ...where };
}

const OPTIONS_OF: Readonly<Record<NamedCommand, readonly string[]>> = {
  list: [],
  make: ['scopes', 'owner', 'labels', 'rate', 'ttl'],
  rotate: ['overlap'],
  delete: [],
};

type Given = Partial<Record<'scopes' | 'owner' | 'labels' | 'rate' | 'ttl', string>>;

function keyFrom(name: string, { scopes, owner, labels, rate, ttl }: Given) {
  if (scopes === undefined) throw new UsageError('Say what the key may do, such as --scopes read,push,tokens.');
  if (labels !== undefined && owner === undefined) throw new UsageError('--labels needs --owner, which is the first.');
  const bound = owner === undefined ? {} : { labels: [owner, ...listFrom(labels ?? '')] };
  return {
    name,
    scopes: listFrom(scopes),
    ...bound,
    rate: numberFrom('rate', rate),
    ttl_seconds: numberFrom('ttl', ttl),
  };
}

function listFrom(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** @throws UsageError */
function numberFrom(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UsageError(`--${option} is "${text}", but must be a whole number.`);
  return Number(text);
}
