/** Python with the `websockets` library, for third-party clients, if this machine has it. */
import { spawnSync } from 'node:child_process';

export const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';

/** True if Python and the client's library are installed; otherwise prints the reason. */
export function hasPythonClient(): boolean {
  return hasPythonModules(['websockets']);
}

/** The same for other modules, such as those that build a package. */
export function hasPythonModules(modules: readonly string[]): boolean {
  const names = modules.join(', ');
  const { status, error, stderr } = spawnSync(PYTHON, ['-c', `import ${names}`], { encoding: 'utf8' });
  if (status === 0) return true;
  const reason = `${PYTHON} cannot import ${names}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
  if (process.env.REQUIRE_PYTHON_CLIENT === '1') throw new Error(`REQUIRE_PYTHON_CLIENT is set, but ${reason}`);
  process.stderr.write(`SKIPPED: ${reason}; PYTHON=/path/to/it names another.\n`);
  return false;
}
