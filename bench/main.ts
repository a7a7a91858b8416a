/**
 * `npm run bench`: the local server beside the limit, and beside what one would pick instead, measured in one run.
 * Writes docs/performance.md and its picture; with `--quick` it measures less, and writes nothing. `--against=FOLDER` compares with another
 * checkout of the project instead, as the one before a change.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endWithUsage, sentenceOf, UsageError } from '../cli/usage-error';
import { describeMachine } from './machine';
import { connectionLimit } from './open-files';
import { againstPlan, fullPlan, quickPlan, withinLimit } from './plan';
import { writeDocument } from './report/document';
import { againstTable, asideTable, mainTable, processorTable } from './report/tables';
import { run } from './run';
import { targets } from './targets/targets';

const USAGE = [
  'npm run bench -- [--quick] [--against=FOLDER]',
  '',
  'Measures the local server beside a bare ws server and Socket.IO, and writes docs/performance.md. Takes most of an hour.',
  '',
  '  --quick            measures less, and writes nothing',
  '  --against=FOLDER   compares with another checkout, in which npm ci has been run; writes nothing',
];

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const options = process.argv.slice(2);
  const unknown = options.find((option) => option !== '--quick' && !option.startsWith(AGAINST));
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is no option; there are --quick and ${AGAINST}FOLDER.`);
  const other = options.find((option) => option.startsWith(AGAINST))?.slice(AGAINST.length);
  if (other !== undefined) return compare(resolve(other));
  const quick = options.includes('--quick');
  const plan = withinLimit(quick ? quickPlan : fullPlan, connectionLimit());
  const readings = await run(plan, say);
  if (!quick) writeDocument(readings, describeMachine(), plan.rounds);
  process.stdout.write(
    `${[...describeMachine(), '', mainTable(readings), '', processorTable(readings), '', asideTable(readings)].join('\n')}\n`,
  );
}

const AGAINST = '--against=';

/** @param folder  of another checkout, with its dependencies installed */
async function compare(folder: string): Promise<void> {
  const { local } = targets;
  Object.assign(targets.other, { folder });
  // A checkout of before it had this program starts without it.
  if (!existsSync(join(folder, local.program)))
    Object.assign(targets.other, { program: local.options[0], options: [] });
  const readings = await run(withinLimit(againstPlan, connectionLimit()), say);
  process.stdout.write(`${[...describeMachine(), '', againstTable(readings)].join('\n')}\n`);
}

const startedAt = performance.now();

/** Progress goes to the side, so that the tables can be kept by `> file`. */
function say(text: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
