/** A page of `docs/` with measured parts: these are rewritten between their marks, everything else stays. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param part  if a page has several */
export function writeMeasured(page: string, measured: string, part?: string): void {
  const { before, after } = split(page, part);
  writeFileSync(pathOf(page), before + measured + after);
}

/** The current content. */
export function measuredPart(page: string, part?: string): string {
  return split(page, part).measured;
}

const pathOf = (page: string) => join(__dirname, '../../docs', page);

function split(page: string, part: string | undefined) {
  const name = part === undefined ? 'measured' : `measured ${part}`;
  const text = readFileSync(pathOf(page), 'utf8');
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`${pathOf(page)} has lost its marks`);
  return { before: text.slice(0, from), measured: text.slice(from, to), after: text.slice(to) };
}

/** The first line of such a part. */
export function measuredWith(command: string, machine: readonly string[]): string {
  return `Measured on ${new Date().toISOString().slice(0, 10)} with \`${command}\`: ${machine.join('; ')}.`;
}
