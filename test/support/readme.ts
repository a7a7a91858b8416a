/** The README in its two languages, and its code with the addresses of a server under test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blocksOf } from './markdown';

export const ROOT = join(__dirname, '../..');

export const README = 'README.md';
export const README_ZH = 'README.zh-CN.md';

export function readMarkdown(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The blocks of these languages, in their order. They are the same in both READMEs. */
export function readmeBlocks(languages: readonly string[]): Block[] {
  return blocksOf(readMarkdown(README)).filter(({ language }) => languages.includes(language));
}

/** Blocks that are run as they stand (`readme-tour.test.ts`). */
export const TOUR_LANGUAGES = ['sh', 'python', 'html', 'json'];

/** Blocks that become part of a copy of the tree (`readme-extending.test.ts`). */
export const CHANGE_LANGUAGES = ['ts', 'diff'];

/** Why a block is run by no test, in its own first line, where readers see it too; undefined for all that are. */
export function reasonNotToRun({ code }: Block): string | undefined {
  return /^# Not run by a test: (.+)\n/.exec(code)?.[1];
}

/** Code for a server on free ports instead of the default ones. */
export function withAddresses(code: string, { webSocketUrl, httpUrl }: { webSocketUrl: string; httpUrl: string }) {
  const replaced = code
    .replaceAll('localhost:9004', new URL(webSocketUrl).host)
    .replaceAll('localhost:9005', new URL(httpUrl).host);
  if (/\b900[45]\b/.test(replaced)) throw new Error(`a default port is left in: ${replaced}`);
  return replaced;
}

/**
 * Blocks to be run, each taken by the test that does: what is left at the end has no test.
 * Taken when tests are defined, so that a test that is skipped has still taken its own.
 */
export class BlocksToRun {
  readonly #left: Set<Block>;

  constructor(languages: readonly string[]) {
    this.#left = new Set(readmeBlocks(languages).filter((block) => reasonNotToRun(block) === undefined));
  }

  /** @param part  what only this block has */
  take(language: string, part: string): string {
    const found = [...this.#left].filter((block) => block.language === language && block.code.includes(part));
    const [block] = found;
    if (!block || found.length > 1) throw new Error(`${README} has ${found.length} ${language} blocks with "${part}"`);
    this.#left.delete(block);
    return block.code;
  }

  get left(): string[] {
    return [...this.#left].map(({ line, language }) => `${README}:${line} (${language})`);
  }
}
