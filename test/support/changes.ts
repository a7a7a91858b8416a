/** Code changes shown on a page, applied to a copy of the tree: whole files, and lines added to others. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Block } from './markdown';

/** Installed or generated. */
const NOT_COPIED = /^(node_modules|cdk\.out|coverage|dist|\.git|\.cache)$/;

/** Creates a folder that uses the packages installed here. @param paths  what to copy; everything if omitted */
export function copyOfTree(root: string, paths = readdirSync(root).filter((name) => !NOT_COPIED.test(name))): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-copy-'));
  for (const path of paths) cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

export function removeCopy(folder: string): void {
  rmSync(folder, { recursive: true });
}

/** The path in the first line of a block of TypeScript: `// lambdas/app/tools.ts`. */
export function pathOf({ code, line }: Block): string {
  const [, path] = /^\/\/ (\S+\.ts)\n/.exec(code) ?? [];
  if (path === undefined) throw new Error(`the first line of the block of line ${line} names no file`);
  return path;
}

/** Writes a whole file, without the line with its path. */
export function writeFile(folder: string, block: Block): string {
  const path = pathOf(block);
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), block.code.slice(block.code.indexOf('\n') + 1));
  return path;
}

interface Hunk {
  path: string;
  before: string;
  after: string;
}

/** A block in `diff`: file names after `---`, hunks separated by `@@`, lines that begin with a space, a `+` or a `-`. */
export function hunksOf({ code, line }: Block): Hunk[] {
  const hunks: Hunk[] = [];
  let path = '';
  for (const text of code.trimEnd().split('\n')) {
    if (text.startsWith('--- ')) path = text.slice(4);
    if (text.startsWith('--- ') || text === '@@') {
      hunks.push({ path, before: '', after: '' });
      continue;
    }
    const hunk = hunks.at(-1);
    if (!hunk) throw new Error(`the block of line ${line} does not begin with a file`);
    const rest = `${text.slice(1)}\n`;
    if (!text.startsWith('+')) hunk.before += rest;
    if (!text.startsWith('-')) hunk.after += rest;
  }
  return hunks;
}

/**
 * Applies a block. Does nothing if it was applied already, because a team may have followed the page.
 * @throws Error if the lines to change are missing or ambiguous
 */
export function applyDiff(folder: string, block: Block): string[] {
  const hunks = hunksOf(block);
  for (const { path, before, after } of hunks) {
    const text = readFileSync(join(folder, path), 'utf8');
    if (text.includes(after)) continue;
    const places = text.split(before).length - 1;
    if (places !== 1)
      throw new Error(`${path} has ${places} times what the block of line ${block.line} changes:\n${before}`);
    writeFileSync(
      join(folder, path),
      text.replace(before, () => after),
    );
  }
  return [...new Set(hunks.map(({ path }) => path))];
}

/** Applies a block in `ts`, which is a whole file, or in `diff`. @returns the files written */
export function applyBlock(folder: string, block: Block): string[] {
  return block.language === 'diff' ? applyDiff(folder, block) : [writeFile(folder, block)];
}

/** The files that blocks in `ts` and `diff` write, without duplicates. */
export function filesOf(blocks: readonly Block[]): string[] {
  const files = blocks.flatMap((block) =>
    block.language === 'diff' ? hunksOf(block).map(({ path }) => path) : [pathOf(block)],
  );
  return [...new Set(files)];
}
