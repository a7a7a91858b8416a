/** The end-to-end suite, run on what was deployed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { skippedTitle, type Without } from '../../test/e2e/suite/under-test';
import { CommandError, runCommand } from './command';
import type { StandIn } from './stand-in';

const ROOT = join(__dirname, '../..');
const JEST = join(ROOT, 'node_modules/jest/bin/jest.js');
const REPORTER = '<rootDir>/test/support/summary-reporter.cjs';

/** As jest writes it with `--json`; only what is read here. */
export interface JestReport {
  testResults: { message: string; assertionResults: TestResult[] }[];
}

export interface TestResult {
  ancestorTitles: string[];
  title: string;
  status: 'passed' | 'failed' | 'pending' | 'todo';
}

export interface SuiteOutcome {
  /** The suite's own line: `219 passed, 0 failed, 11 skipped`. */
  count: string;
  /** Parts of the suite, each with how many of its tests passed. */
  passed: Map<string, number>;
  /** Reasons, each with how many tests it left out. */
  skipped: Map<string, number>;
  /** Why the rehearsal has failed, for people; empty where it has not. */
  faults: string[];
}

export interface SuiteOptions {
  /** What test/e2e/deployed.test.ts reads. */
  target: Readonly<Record<string, string>>;
  without: Without;
  standIn: StandIn;
  /** For the report. */
  folder: string;
  signal: AbortSignal;
}

export async function runSuite({ target, without, standIn, folder, signal }: SuiteOptions): Promise<SuiteOutcome> {
  const reportFile = join(folder, 'suite.json');
  const env = { ...standIn.environment, ...target, E2E_WITHOUT: JSON.stringify(without) };
  const args = ['test/e2e/deployed.test.ts', '--json', '--outputFile', reportFile, '--reporters', REPORTER];
  let output: string;
  try {
    output = await runCommand(process.execPath, [JEST, ...args], { cwd: ROOT, env, signal });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    output = error.output; // the report tells what failed
  }
  const text = await readFile(reportFile, 'utf8').catch(() => {
    throw new Error(`The suite did not run:\n${output}`);
  });
  const count = output.match(/^\d+ passed, \d+ failed, \d+ skipped$/m)?.[0] ?? 'no test ran';
  return { count, ...outcomeOf(JSON.parse(text), without) };
}

/** Jest calls a run a success in which nothing ran; here that is a fault, and so is a skipped test that nobody gave a reason for. */
export function outcomeOf({ testResults }: JestReport, without: Without): Omit<SuiteOutcome, 'count'> {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const reasons = Object.values<string | undefined>({ ...without });
  const [passed, skipped] = [new Map<string, number>(), new Map<string, number>()];
  const faults = testResults.map(({ message }) => message.trim()).filter((message) => message !== '');
  for (const { ancestorTitles, title, status } of tests) {
    if (status === 'passed') {
      addOne(passed, ancestorTitles[1] ?? title);
    } else if (status !== 'failed') {
      const reason = reasons.find((text) => text !== undefined && ancestorTitles.includes(skippedTitle(text)));
      if (reason !== undefined) addOne(skipped, reason);
      else
        faults.push(`Skipped, and no difference of the stand-in says why: ${[...ancestorTitles, title].join(' › ')}`);
    }
  }
  if (passed.size === 0) faults.push('No test of the suite has passed.');
  for (const reason of reasons) {
    if (reason !== undefined && !skipped.has(reason))
      faults.push(`No test was left out for this, so why say it: ${reason}`);
  }
  return { passed, skipped, faults };
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
