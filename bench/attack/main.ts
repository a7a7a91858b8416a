/**
 * `npm run attack`: attacks a server that has a heap of 512 MiB, and measures its memory and what another client notices; then takes its
 * database away. Writes docs/attack.md, and ends with 1 where a bar is missed. With names of attacks, or `--seconds=5`, it takes a short
 * look and writes nothing.
 */
import { endWithUsage, sentenceOf, UsageError } from '../../cli/usage-error';
import { describeMachine } from '../machine';
import { writeMeasured } from '../report/measured-part';
import { type AssaultName, assaults } from './assaults';
import { outageTable } from './outage-report';
import { runOutages } from './outages';
import { attackTable, leakSentence, missedBars } from './report';
import { runTrial, type TrialOptions, type TrialResult } from './trial';

const SECONDS = 60;
const QUIET_SECONDS = 15;

const ONE_ADDRESS = '--one-address';

const names = Object.keys(assaults) as AssaultName[];

/** In the order of the report. */
const trials: Record<string, Pick<TrialOptions, 'label' | 'names'>> = {
  ...Object.fromEntries(names.map((name) => [name, { label: assaults[name].label, names: [name] }])),
  all: { label: 'all of these at once', names },
};

interface Options {
  chosen: readonly string[];
  seconds: number;
  isFull: boolean;
  isOneAddress: boolean;
}

function optionsFrom(given: readonly string[]): Options {
  const seconds = given.map((option) => /^--seconds=(\d+)$/.exec(option)?.[1]).find(Boolean);
  const chosen = given.filter((option) => !option.startsWith('--'));
  const known = [...Object.keys(trials), 'outages'];
  const isOption = (text: string) => text === ONE_ADDRESS || /^--seconds=\d+$/.test(text);
  const unknown = given.find((option) => !known.includes(option) && !isOption(option));
  if (unknown !== undefined)
    throw new UsageError(`"${unknown}" is no option; there is --seconds=5, ${ONE_ADDRESS}, and ${known.join(', ')}.`);
  return {
    chosen: chosen.length === 0 ? known : chosen,
    seconds: Number(seconds ?? SECONDS),
    isFull: given.length === 0,
    isOneAddress: given.includes(ONE_ADDRESS),
  };
}

const USAGE = [
  'npm run attack -- [NAME ...] [--seconds=NUMBER] [--one-address]',
  '',
  'Attacks a server, takes its database away, and writes docs/attack.md. Takes a quarter of an hour. With a name or an option',
  'it takes a short look, and writes nothing. ATTACK_SEED=NUMBER makes the choices of another run again.',
  '',
  `  NAME               ${[...Object.keys(trials), 'outages'].join(', ')}`,
  `  --seconds=NUMBER   of each attack; ${SECONDS} where left out`,
  '  --one-address      attackers and the honest client have one address, as behind a proxy that is not trusted',
];

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const { chosen, seconds, isFull, isOneAddress } = optionsFrom(process.argv.slice(2));
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
  const measured = [
    `Measured on ${new Date().toISOString().slice(0, 10)} with \`npm run attack\`: ${describeMachine().join('; ')}.`,
    '',
    ...(results.length > 0 ? [attackTable(results), '', leakSentence(results), ''] : []),
    ...(outages.length > 0 ? ['### Without its database', '', outageTable(outages), ''] : []),
  ].join('\n');
  process.stdout.write(`${measured}\n`);
  if (isFull) writeMeasured('attack.md', measured);
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
