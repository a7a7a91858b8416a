/** Pages of the repository, and their code with the addresses of a server under test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blocksOf } from './markdown';

export const ROOT = join(__dirname, '../..');

export const README = 'README.md';
export const README_ZH = 'README.zh-CN.md';

export function readMarkdown(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The languages of the blocks in both READMEs. */
export const README_LANGUAGES = ['sh', 'python', 'json'];

/** Why no test runs a block, as stated in its first line, where readers see it too. Undefined for every other block. */
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
 * The README's blocks, each taken by the test that runs it: a remaining block has no test. They are the same in both languages. Taken when
 * tests are defined, so that a skipped test has taken its own too.
 */
export class BlocksToRun {
  readonly #left: Set<Block>;

  constructor() {
    this.#left = new Set(blocksOf(readMarkdown(README)).filter((block) => reasonNotToRun(block) === undefined));
  }

  /** @param part  text that only this block has */
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
