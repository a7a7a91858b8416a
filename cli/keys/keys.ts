/** The command for keys: shows, rotates and retires those of the settings, here or in a deployment, and manages named ones. */
import type { Keys } from '../../lambdas/ports/key-source';
import { readSettings } from '../../local/settings';
import { sentenceOf } from '../usage-error';
import { createFileKeyStore, type KeyStore } from './key-store';
import { manageNamedKeys } from './named-keys';
import { helpOf, isAboutNamedKeys, KEY_NAMES, type KeyName, type Options, readOptions } from './options';
import { fingerprint, retired, rotated } from './rotation';

async function handle(args: string[], command: string): Promise<void> {
  const isHelp = args.some((argument) => argument === '--help' || argument === '-h');
  if (isAboutNamedKeys(args) && !isHelp) return manageNamedKeys(args, { out: say, note });
  const options = isHelp ? undefined : readOptions(args);
  if (!options) return say(helpOf(command));
  const stores = await storesOf(options);
  if (options.command === 'show' && options.key !== undefined) return showKey(stores);
  const change = CHANGES.get(options.command);
  // Read all keys before writing any: a step applies to both keys or to neither.
  const found = await Promise.all(stores.map(async (store) => ({ store, keys: await store.read() })));
  const wanted = found.map(({ store, keys }) => ({ store, keys: change ? change.apply(keys, store.name) : keys }));
  for (const { store, keys } of wanted) {
    if (change) await store.write(keys);
    say(lineOf(store, keys));
    if (change) say(`  ${change.says(store)}`);
  }
}

/** The next steps after a rotation, so that nobody is locked out. */
const AFTER_ROTATION: Readonly<Record<KeyName, string>> = {
  'api-key': 'Give the current one to every caller; then retire the previous one.',
  'signing-key':
    'New tokens are signed with the current one. Retire the previous one when older tokens have expired, in a day at most.',
};

const CHANGES = new Map([
  ['rotate', { apply: rotated, says: ({ name }: KeyStore) => AFTER_ROTATION[name] }],
  ['retire', { apply: retired, says: ({ noticed }: KeyStore) => `Servers refuse the previous one ${noticed}.` }],
]);

/** Prints only the key to standard output, so that a shell can capture it. */
async function showKey([store]: KeyStore[]): Promise<void> {
  if (store) say((await store.read()).current);
}

function lineOf({ name, where }: KeyStore, { current, previous }: Keys): string {
  const before = previous === undefined ? 'no previous one' : `previous ${fingerprint(previous)}, still valid`;
  return `${name} in ${where}: current ${fingerprint(current)}, ${before}`;
}

async function storesOf({ key, secrets }: Options): Promise<KeyStore[]> {
  const inSecrets = KEY_NAMES.filter((name) => secrets[name] !== undefined);
  const wanted = ({ name }: { name: KeyName }) => key === undefined || name === key;
  if (inSecrets.length === 0) {
    const { KEYS_FILE } = readSettings(process.env);
    return KEY_NAMES.map((name) => createFileKeyStore(name, KEYS_FILE)).filter(wanted);
  }
  const { createSecretKeyStore } = await import('./secrets-manager-store');
  return inSecrets.map((name) => createSecretKeyStore(name, secrets[name] as string)).filter(wanted);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Errors whose message is written for users. */
const FORESEEN = ['OptionError', 'KeysError', 'RotationError'];

/** @param command  how a person starts it, for the usage */
export function runKeys(args: string[], command: string): void {
  handle(args, command).catch((error) => {
    process.stderr.write(`${FORESEEN.includes(error?.name) ? error.message : sentenceOf(error)}\n`);
    process.exit(1);
  });
}
