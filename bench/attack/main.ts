/**
 * `npm run attack`: attacks a server with a heap of 512 MiB, and measures its memory and what another client notices; then takes its
 * database down. Writes docs/attack.md, and exits with 1 if a bar is missed. With names of attacks it runs only those, and `--write` renews
 * their rows; `--seconds=5` runs each attack briefly and writes nothing.
 */
import { endWithUsage, sentenceOf, UsageError } from '../../cli/usage-error';
import { describeMachine } from '../machine';
import { measuredPart, measuredWith, writeMeasured } from '../report/measured-part';
import { withRows } from '../report/text-table';
import { type AssaultName, assaults } from './assaults';
import { outageTable } from './outage-report';
import { runOutages } from './outages';
import { attackTable, missedBars } from './report';
import { runTrial, type TrialOptions, type TrialResult } from './trial';

const SECONDS = 60;
const QUIET_SECONDS = 15;

const ONE_ADDRESS = '--one-address';
const WRITE = '--write';

const names = Object.keys(assaults) as AssaultName[];

/** In the order of the report. */
const trials: Record<string, Pick<TrialOptions, 'label' | 'names'>> = {
  ...Object.fromEntries(names.map((name) => [name, { label: assaults[name].label, names: [name] }])),
  flood_beside_calls: {
    label: `${assaults.flood.label}, beside ${assaults.tool_calls.label}`,
    names: ['flood', 'tool_calls'],
  },
  all: { label: 'all of these at once', names },
};

interface Options {
  chosen: readonly string[];
  seconds: number;
  isFull: boolean;
  write: boolean;
  isOneAddress: boolean;
}

function optionsFrom(given: readonly string[]): Options {
  const seconds = given.map((option) => /^--seconds=(\d+)$/.exec(option)?.[1]).find(Boolean);
  const chosen = given.filter((option) => !option.startsWith('--'));
  const known = [...Object.keys(trials), 'outages'];
  const isOption = (text: string) => [ONE_ADDRESS, WRITE].includes(text) || /^--seconds=\d+$/.test(text);
  const unknown = given.find((option) => !known.includes(option) && !isOption(option));
  if (unknown !== undefined)
    throw new UsageError(
      `Unknown argument "${unknown}". Arguments: --seconds=5, ${ONE_ADDRESS}, ${WRITE}, ${known.join(', ')}.`,
    );
  return {
    chosen: chosen.length === 0 ? known : chosen,
    seconds: Number(seconds ?? SECONDS),
    isFull: given.length === 0,
    write: given.length === 0 || given.includes(WRITE),
    isOneAddress: given.includes(ONE_ADDRESS),
  };
}

const USAGE = [
  'npm run attack -- [NAME ... [--write]] [--seconds=NUMBER] [--one-address]',
  '',
  'Attacks a server, takes its database down, and writes docs/attack.md. Takes a quarter of an hour. With a name or an option',
  'it writes nothing, unless --write is given. ATTACK_SEED=NUMBER repeats the random choices of another run.',
  '',
  `  NAME               ${[...Object.keys(trials), 'outages'].join(', ')}`,
  '  --write            renews the rows of these attacks in docs/attack.md, and leaves the others',
  `  --seconds=NUMBER   duration of each attack; default: ${SECONDS}`,
  '  --one-address      attackers and the honest client share one address, as behind an untrusted proxy',
];

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const { chosen, seconds, isFull, write, isOneAddress } = optionsFrom(process.argv.slice(2));
  const seed = Number(process.env.ATTACK_SEED ?? Math.floor(Math.random() * 2 ** 31));
  say(`ATTACK_SEED=${seed}`);
  const results: TrialResult[] = [];
  for (const [name, trial] of Object.entries(trials)) {
    if (!chosen.includes(name)) continue;
    say(trial.label);
    results.push(
      await runTrial({ ...trial, seconds, quietSeconds: Math.min(seconds, QUIET_SECONDS), seed, isOneAddress }),
    );
    say(attackTable(results.slice(-1)));
  }
  const outages = chosen.includes('outages') ? await runOutages(isFull ? undefined : seconds, seed, say) : [];
  const header = `${measuredWith('npm run attack', describeMachine())}\n\n`;
  if (results.length > 0) {
    const table = attackTable(results);
    process.stdout.write(`${header}${table}\n\n`);
    const all = isFull ? table : withRows(measuredPart('attack.md', 'attacks'), table);
    if (write) writeMeasured('attack.md', `${header}${all}\n`, 'attacks');
  }
  if (outages.length > 0) {
    const table = outageTable(outages);
    process.stdout.write(`${header}${table}\n`);
    if (write) writeMeasured('attack.md', `${header}${table}\n`, 'outages');
  }
  const missed = [...results.flatMap(missedBars), ...outages.flatMap(({ problems }) => problems)];
  if (missed.length > 0) process.exitCode = 1;
}

const startedAt = performance.now();

function say(text: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);
}

main().catch((error) => {
  process.stderr.write(`The attack ended early. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
