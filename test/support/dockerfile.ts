/** What the Dockerfile says, as far as tests look into it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './readme';

const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');

/** Arguments of each instruction of a name. */
export function instructions(name: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1).trim());
}

/** The command that stands as JSON in an instruction. */
export function commandOf(instruction: string): string[] {
  return JSON.parse(instruction.slice(instruction.indexOf('[')));
}

const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').trim().split('\n');

/** Whether a file at the top of the repository stays out of the image. */
export function isIgnored(name: string): boolean {
  return ignored.some((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name));
}
