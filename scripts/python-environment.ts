/** Installs Python packages in a folder of `.cache/`: a virtual environment with the versions in a requirements file. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './rehearse/command';
import { orNotAvailable } from './rehearse/not-available';

/**
 * @param cache         the folder; recreated if the requirements have changed
 * @param requirements  path of the requirements file
 * @param signal        aborts the installation
 * @returns the path of a Python that has the packages
 * @throws NotAvailable
 */
export async function installPython(cache: string, requirements: string, signal: AbortSignal): Promise<string> {
  const python = join(cache, 'bin/python');
  // Written last and named after the requirements' hash, so that neither a partial nor an outdated installation is reused.
  const whole = join(cache, createHash('sha256').update(readFileSync(requirements)).digest('hex'));
  if (existsSync(whole)) return python;
  const options = { env: process.env, signal }; // the whole environment, because pip reads its index settings from there
  await rm(cache, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const venv = runCommand(process.env.PYTHON ?? 'python3', ['-m', 'venv', cache], options);
  await orNotAvailable('cannot create a Python virtual environment', venv);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
  const install = runCommand(python, [...pip, '--requirement', requirements], options);
  await orNotAvailable('cannot install the packages', install);
  await writeFile(whole, '');
  return python;
}
