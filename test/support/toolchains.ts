/** Go and Java, for third-party clients, if this machine has them. */
import { spawnSync } from 'node:child_process';

/** This machine's Go settings. `startProgram` does not pass them on by itself. */
export const goEnvironment = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => /^(GO[A-Z]+|HTTPS?_PROXY)$/i.test(entry[0])),
);

/** True if Go is installed, and the modules in a folder's go.mod can be loaded. The first call downloads them. */
export function hasGoClient(folder: string): boolean {
  return isAvailable('REQUIRE_GO_CLIENT', failureOf('go', ['mod', 'download'], folder));
}

/** True if `java FILE.java` works here, which needs a JDK: a JRE has no compiler. */
export function hasJavaClient(): boolean {
  return isAvailable('REQUIRE_JAVA_CLIENT', failureOf('java', ['--describe-module', 'jdk.compiler']));
}

/** Prints why something is missing, and fails if it is required. @param requirement  an environment variable */
export function isAvailable(requirement: string, failure: string | undefined): boolean {
  if (failure === undefined) return true;
  if (process.env[requirement] === '1') throw new Error(`${requirement} is set, but ${failure}`);
  process.stderr.write(`SKIPPED: ${failure}.\n`);
  return false;
}

/** Why a command fails; undefined if it succeeds. */
export function failureOf(command: string, args: readonly string[], cwd?: string): string | undefined {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return undefined;
  return `"${[command, ...args].join(' ')}" fails: ${error?.message ?? `${stdout}${stderr}`.trim().split('\n').at(-1)}`;
}
