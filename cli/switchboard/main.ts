#!/usr/bin/env node
/** `switchboard`: the server and its commands in the installed package. */
import { version } from '../../package.json';

/** How a person types a command of this program. */
const commandLine = (name: string) => `npx switchboard ${name}`;

/** Lazy imports: each command loads only what it needs. */
const COMMANDS: Readonly<Record<string, { does: string; run(args: string[]): Promise<void> }>> = {
  start: {
    does: 'runs the server; the default',
    async run(args) {
      const [{ run }, { app }] = await Promise.all([import('../../local/program'), import('../../lambdas/app/app')]);
      const [start, client, keys] = ['start', 'client', 'keys'].map(commandLine) as [string, string, string];
      run(app, args, { start, client, keys });
    },
  },
  client: {
    does: 'talks to a server from the terminal, or runs a script',
    async run(args) {
      const { runClient } = await import('../client/client');
      runClient(args, commandLine('client'));
    },
  },
  keys: {
    does: 'shows, makes, rotates and ends the keys of access control',
    async run(args) {
      const { runKeys } = await import('../keys/keys');
      runKeys(args, commandLine('keys'));
    },
  },
  export: {
    does: 'prints what clients have said and got, as JSON Lines',
    async run(args) {
      const { runExport } = await import('../export/export');
      await runExport(args, commandLine('export'));
    },
  },
  backup: {
    does: 'copies the data of a server, while it runs or not',
    async run(args) {
      const { runBackup } = await import('../backup/backup');
      await runBackup(args, commandLine('backup'));
    },
  },
};

const HELP = [
  'npx switchboard [COMMAND] [OPTIONS]',
  '',
  ...Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(10)}${does}`),
  '',
  'Each command has --help, which for start lists the settings. --version prints the version.',
  '',
].join('\n');

async function main([name = 'start', ...args]: string[]): Promise<void> {
  if (name === '--help' || name === '-h') return void process.stdout.write(HELP);
  if (name === '--version') return void process.stdout.write(`${version}\n`);
  const isOption = name.startsWith('-'); // of the server
  const command = COMMANDS[isOption ? 'start' : name];
  if (command) return command.run(isOption ? [name, ...args] : args);
  process.stderr.write(`Unknown command "${name}". Commands: ${Object.keys(COMMANDS).join(', ')}. See --help.\n`);
  process.exitCode = 1;
}

void main(process.argv.slice(2));
