/** Puts the stand-in into `.cache/ministack/`: a virtual environment with the versions of `requirements.txt`. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command';
import { orNotAvailable } from './not-available';

const CACHE = join(__dirname, '../../.cache/ministack');
const REQUIREMENTS = join(__dirname, 'requirements.txt');

const requirements = readFileSync(REQUIREMENTS, 'utf8');

export const STAND_IN_VERSION = /^ministack==(\S+)$/m.exec(requirements)?.[1];

/**
 * @param signal  ends it
 * @returns the Python that has the stand-in
 * @throws NotAvailable
 */
export async function installStandIn(signal: AbortSignal): Promise<string> {
  const python = join(CACHE, 'bin/python');
  // Made last, and named for what was asked: neither half an installation nor an old one may pass for this one.
  const whole = join(CACHE, createHash('sha256').update(requirements).digest('hex'));
  if (existsSync(whole)) return python;
  const options = { env: process.env, signal }; // all of it: pip may be told there where packages are
  await rm(CACHE, { recursive: true, force: true });
  await mkdir(CACHE, { recursive: true });
  const venv = runCommand(process.env.PYTHON ?? 'python3', ['-m', 'venv', CACHE], options);
  await orNotAvailable('no virtual environment of Python can be made', venv);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
  const install = runCommand(python, [...pip, '--requirement', REQUIREMENTS], options);
  await orNotAvailable('its package is not to be had', install);
  await writeFile(whole, '');
  return python;
}
