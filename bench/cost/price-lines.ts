/** The monthly cost in one sentence, and the pages that contain it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventName, SeenEvent } from './events';
import type { ModelOptions } from './model';
import { dollarsOf } from './report';
import type { Standing } from './standing';

/** Numbers of clients in the sentence: none, a team's first ones, many. */
const SIZES = [0, 30, 1_000] as const;
const USUAL = { chatsPerHour: 6, toolCallsPerHour: 2, pushesPerHour: 2, groupChangesPerHour: 0 };

/** Dollars per month, in the order of the sizes. */
export type Prices = readonly number[];

export function pricesOf(seen: Record<EventName, SeenEvent>, standing: Standing, options: ModelOptions): Prices {
  return SIZES.map((clients) => dollarsOf({ clients, ...USUAL }, seen, standing, options));
}

type Sentence = (idle: string, few: string, many: string) => string;

const english: Sentence = (idle, few, many) =>
  `$${idle} a month idle, $${few} with 30 clients, and $${many} with 1,000`;
const chinese: Sentence = (idle, few, many) =>
  `空闲时每月 ${idle} 美元，30 个客户端 ${few} 美元，1,000 个 ${many} 美元`;

const PAGES: readonly [file: string, sentence: Sentence][] = [
  ['README.md', english],
  ['README.zh-CN.md', chinese],
  ['docs/deploy.md', english],
];

const pathOf = (file: string) => join(__dirname, '../..', file);

const patternOf = (sentence: Sentence) => new RegExp(sentence('(\\d+)', '(\\d+)', '(\\d+)').replaceAll('$', '\\$'));

/** The prices on each page; none if it has no such sentence. */
export function writtenPrices(): [file: string, Prices][] {
  return PAGES.map(([file, sentence]) => {
    const [, ...prices] = patternOf(sentence).exec(readFileSync(pathOf(file), 'utf8')) ?? [];
    return [file, prices.map(Number)];
  });
}

export function writePrices(prices: Prices): void {
  const [idle = '', few = '', many = ''] = prices.map((dollars) => dollars.toFixed(0));
  for (const [file, sentence] of PAGES) {
    const text = readFileSync(pathOf(file), 'utf8');
    writeFileSync(
      pathOf(file),
      text.replace(patternOf(sentence), () => sentence(idle, few, many)),
    );
  }
}
