/** Runs the end-to-end suite against the deployment. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, runCommand } from './command';
import type { StandIn } from './stand-in';

const ROOT = join(__dirname, '../..');
const JEST = join(ROOT, 'node_modules/jest/bin/jest.js');
const REPORTER = '<rootDir>/test/support/summary-reporter.cjs';

/** Jest's `--json` output; only the fields that are used here. */
export interface JestReport {
  testResults: { message: string; assertionResults: TestResult[] }[];
}

export interface TestResult {
  ancestorTitles: string[];
  title: string;
  status: 'passed' | 'failed' | 'pending' | 'todo';
}

export interface SuiteOutcome {
  /** The suite's summary line: `219 passed, 0 failed, 11 skipped`. */
  count: string;
  /** Number of passed tests per part of the suite. */
  passed: Map<string, number>;
  /** Reasons why the rehearsal failed; empty if it passed. */
  faults: string[];
}

export interface SuiteOptions {
  /** Variables for test/e2e/deployed.test.ts. */
  target: Readonly<Record<string, string>>;
  /** A regular expression: only the tests whose full name matches it. */
  only: string | undefined;
  standIn: StandIn;
  /** Where to write the report. */
  folder: string;
  signal: AbortSignal;
}

export async function runSuite({ target, only, standIn, folder, signal }: SuiteOptions): Promise<SuiteOutcome> {
  const reportFile = join(folder, 'suite.json');
  const env = { ...standIn.environment, ...target };
  const args = ['test/e2e/deployed.test.ts', '--json', '--outputFile', reportFile, '--reporters', REPORTER];
  if (only !== undefined) args.push('--testNamePattern', only);
  let output: string;
  try {
    output = await runCommand(process.execPath, [JEST, ...args], { cwd: ROOT, env, signal });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    output = error.output; // the report says what failed
  }
  const text = await readFile(reportFile, 'utf8').catch(() => {
    throw new Error(`The suite did not run:\n${output}`);
  });
  const count = output.match(/^\d+ passed, \d+ failed, \d+ skipped$/m)?.[0] ?? 'no test ran';
  return { count, ...outcomeOf(JSON.parse(text), only !== undefined) };
}

/**
 * A skipped test is a fault here, and so is a run without tests; Jest counts both as success.
 * @param isPart  whether other tests were left out on purpose
 */
export function outcomeOf({ testResults }: JestReport, isPart = false): Omit<SuiteOutcome, 'count'> {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = new Map<string, number>();
  const faults = testResults.map(({ message }) => message.trim()).filter((message) => message !== '');
  for (const { ancestorTitles, title, status } of tests) {
    const part = ancestorTitles[1] ?? title;
    if (status === 'passed') passed.set(part, (passed.get(part) ?? 0) + 1);
    else if (status !== 'failed' && !isPart) faults.push(`Skipped: ${[...ancestorTitles, title].join(' › ')}`);
  }
  if (passed.size === 0) faults.push('No test of the suite has passed.');
  return { passed, faults };
}
