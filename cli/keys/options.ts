/** The command line of the keys command. */
import { parseArgs } from 'node:util';
import { NAMED_COMMANDS, NAMED_HELP } from './named-options';

export const KEY_NAMES = ['api-key', 'signing-key'] as const;
export type KeyName = (typeof KEY_NAMES)[number];

export const COMMANDS = ['show', 'rotate', 'retire'] as const;
export type Command = (typeof COMMANDS)[number];

export interface Options {
  command: Command;
  /** A single key; all keys by default. */
  key?: KeyName;
  /** Secrets of AWS Secrets Manager, by ARN or name; the local file by default. */
  secrets: Partial<Record<KeyName, string>>;
}

/** The message is one sentence that says what is allowed. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** @param command  how a person starts it */
export const helpOf = (command: string) =>
  [
    `${command} show|rotate|retire [api-key|signing-key] [--api-key-secret ARN] [--signing-key-secret ARN]`,
    `${command} list|make|rotate|delete [NAME] [--url URL] [...]`,
    '',
    '  show            shows a fingerprint of each key',
    `  show api-key    prints only that key, for $(${command.replace('run', 'run --silent')} show api-key)`,
    '  rotate          creates a new key; the previous one stays valid until it is retired',
    '  retire          invalidates the previous key',
    '',
    'Without the name of a key, rotate and retire apply to both. The keys are those of a server with AUTH=token, in KEYS_FILE.',
    'With the ARN of a secret they are those of a deployment, in AWS Secrets Manager; the command uses the credentials of the',
    'AWS command line.',
    '',
    'Named keys, for partners and for services of your own:',
    '',
    ...NAMED_HELP,
  ].join('\n');

/** Whether a command line is about named keys. `rotate api-key` is not: that key is one of the settings. */
export function isAboutNamedKeys([command, name = '--']: readonly string[]): boolean {
  if (command === 'rotate') return !name.startsWith('-') && !(KEY_NAMES as readonly string[]).includes(name);
  return (NAMED_COMMANDS as readonly (string | undefined)[]).includes(command);
}

/** @returns undefined for `--help`. @throws OptionError */
export function readOptions(argumentsGiven: string[]): Options | undefined {
  const { values, positionals } = parse(argumentsGiven);
  if (values.help) return undefined;
  const [command, key, ...more] = positionals;
  if (!isOneOf(COMMANDS, command)) {
    throw new OptionError(
      `Expected a command: ${COMMANDS.join(', ')}; or list, make, delete for named keys. See --help.`,
    );
  }
  if (key !== undefined && !isOneOf(KEY_NAMES, key)) {
    throw new OptionError(`"${key}" is not a key; expected ${KEY_NAMES.join(' or ')}.`);
  }
  if (more.length > 0) throw new OptionError(`Unexpected argument "${more[0]}". See --help.`);
  const given = KEY_NAMES.map((name) => [name, values[`${name}-secret`]] as const);
  const secrets = Object.fromEntries(given.filter(([, arn]) => arn !== undefined));
  if (key !== undefined && given.some(([, arn]) => arn !== undefined) && !(key in secrets)) {
    throw new OptionError(`--${key}-secret is missing: it must name the secret with the ${key}.`);
  }
  return { command, key, secrets };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        'api-key-secret': { type: 'string' },
        'signing-key-secret': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. ');
    throw new OptionError(`${sentence.replace(/\.$/, '')}; see --help.`);
  }
}

function isOneOf<Name extends string>(names: readonly Name[], name: string | undefined): name is Name {
  return (names as readonly (string | undefined)[]).includes(name);
}
