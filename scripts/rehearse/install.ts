/** Installs the stand-in in `.cache/ministack/`: a virtual environment with the versions in `requirements.txt`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPython } from '../python-environment';

const CACHE = join(__dirname, '../../.cache/ministack');
const REQUIREMENTS = join(__dirname, 'requirements.txt');

export const STAND_IN_VERSION = /^ministack==(\S+)$/m.exec(readFileSync(REQUIREMENTS, 'utf8'))?.[1];

/**
 * @param signal  aborts the installation
 * @returns the path of the Python that has the stand-in
 * @throws NotAvailable
 */
export function installStandIn(signal: AbortSignal): Promise<string> {
  return installPython(CACHE, REQUIREMENTS, signal);
}
