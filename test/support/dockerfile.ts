/** The parts of the Dockerfile that tests check. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './readme';

const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');

/** The arguments of each instruction with this name. */
export function instructions(name: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1).trim());
}

/** The command of an instruction in JSON form. */
export function commandOf(instruction: string): string[] {
  return JSON.parse(instruction.slice(instruction.indexOf('[')));
}

const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').trim().split('\n');

/** Whether .dockerignore excludes a file at the top of the repository. */
export function isIgnored(name: string): boolean {
  return ignored.some((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name));
}
