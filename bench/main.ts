/**
 * `npm run bench`: the local server beside the limit, and beside what one would pick instead, measured in one run.
 * Writes docs/performance.md and its picture; with `--quick` it measures less, and writes nothing.
 */
import { describeMachine } from './machine';
import { connectionLimit } from './open-files';
import { fullPlan, quickPlan, withinLimit } from './plan';
import { writeDocument } from './report/document';
import { asideTable, mainTable, processorTable } from './report/tables';
import { run } from './run';

async function main(): Promise<void> {
  const options = process.argv.slice(2);
  const unknown = options.find((option) => option !== '--quick');
  if (unknown !== undefined) throw new Error(`"${unknown}" is no option; there is --quick.`);
  const quick = options.includes('--quick');
  const plan = withinLimit(quick ? quickPlan : fullPlan, connectionLimit());
  const readings = await run(plan, say);
  if (!quick) writeDocument(readings, describeMachine(), plan.rounds);
  process.stdout.write(
    `${[...describeMachine(), '', mainTable(readings), '', processorTable(readings), '', asideTable(readings)].join('\n')}\n`,
  );
}

const startedAt = performance.now();

/** Progress goes to the side, so that the tables can be kept by `> file`. */
function say(text: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${error?.stack ?? error}\n`);
  process.exitCode = 1;
});
