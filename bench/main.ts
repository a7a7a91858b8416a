/**
 * `npm run bench`: compares the local server with the limit and with its alternatives, in one run. Writes docs/performance.md and its
 * picture. `--bars` only measures what has a bar; `--against=FOLDER` compares with another checkout of the project instead, such as one
 * before a change.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { endWithUsage, sentenceOf, UsageError } from '../cli/usage-error';
import { centrifugoVersion, describeMachine } from './machine';
import { connectionLimit } from './open-files';
import {
  againstPlan,
  barsPlan,
  fullPlan,
  messagesOf,
  type Plan,
  quickPlan,
  sendsPlan,
  withCentrifugo,
  withinLimit,
  withOther,
} from './plan';
import { writeBars, writeDocument, writeSends } from './report/document';
import { againstTable, asideTable, barsTable, mainTable, processorTable, sendsTable } from './report/tables';
import { run } from './run';
import { targets } from './targets/targets';

const USAGE = [
  'npm run bench -- [--binary=PATH] [--bars [--write] | --sends [--write]] [--quick] [--messages] [--rounds=NUMBER] [--against=FOLDER]',
  '',
  'Compares the local server with a bare ws server and Socket.IO, and writes docs/performance.md. Takes more than an hour.',
  '',
  '  --binary=PATH      of Centrifugo, to include it; `go install github.com/centrifugal/centrifugo/v6@latest` builds it',
  '  --bars             measures only what has a bar, and prints it; with --write renews that part of docs/performance.md',
  '  --sends            measures only broadcasts and handshakes, with processor times; with --write renews that part',
  '  --quick            measures less, and writes nothing',
  '  --messages         measures only rates and latencies of messages, also with --bars or --against; writes nothing',
  '  --rounds=NUMBER    in which the servers take turns',
  '  --against=FOLDER   compares with another checkout, in which npm ci has been run; writes nothing',
];

interface Options {
  plan: Plan;
  machine: string[];
  writesNothing: boolean;
  isBars: boolean;
  isSends: boolean;
  write: boolean;
  against: string | undefined;
}

function readOptions(): Options {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      quick: flag,
      messages: flag,
      bars: flag,
      sends: flag,
      write: flag,
      binary: text,
      rounds: text,
      against: text,
    },
  });
  const { quick: isQuick, bars: isBars, sends: isSends, binary, against } = values;
  if (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds))
    throw new UsageError('--rounds must be a number from 1.');
  if (binary !== undefined && !existsSync(binary)) throw new UsageError(`--binary: there is no file ${binary}.`);
  const basic = isQuick ? quickPlan : isBars ? barsPlan : isSends ? sendsPlan : fullPlan;
  if (binary !== undefined) targets.centrifugo.environment.CENTRIFUGO = resolve(binary);
  const measured = binary === undefined ? basic : withCentrifugo(basic);
  const compared = against === undefined ? measured : isSends ? withOther(measured) : againstPlan;
  const chosen = values.messages ? messagesOf(compared) : compared;
  const plan = withinLimit({ ...chosen, rounds: Number(values.rounds ?? chosen.rounds) }, connectionLimit());
  const machine = [...describeMachine(), ...(binary === undefined ? [] : [centrifugoVersion(binary)])];
  const writesNothing = isQuick || values.messages || against !== undefined;
  return { plan, machine, writesNothing, isBars, isSends, write: values.write, against };
}

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const { plan, machine, writesNothing, isBars, isSends, write, against } = readOptions();
  if (against !== undefined) useCheckout(resolve(against));
  const readings = await run(plan, say);
  if (!writesNothing) {
    if (!isBars && !isSends) writeDocument(readings, machine, plan.rounds);
    else if (write) (isBars ? writeBars : writeSends)(readings, machine, plan.rounds);
  }
  const all = [barsTable, mainTable, processorTable, asideTable];
  const some = isBars ? [barsTable] : isSends ? [sendsTable] : undefined;
  const tables = some ?? (against !== undefined ? [againstTable] : all);
  process.stdout.write(`${[...machine, ...tables.flatMap((table) => ['', table(readings)])].join('\n')}\n`);
}

/** @param folder  of another checkout, with its dependencies installed */
function useCheckout(folder: string): void {
  const { local } = targets;
  Object.assign(targets.other, { folder });
  // A checkout from before this program existed starts without it.
  if (!existsSync(join(folder, local.program)))
    Object.assign(targets.other, { program: local.options[0], options: [] });
}

const startedAt = performance.now();

/** Progress goes to stderr, so that the tables can be saved with `> file`. */
function say(text: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
