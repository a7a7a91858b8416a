/** The README says the same in both languages, and nothing that the code does not. */
import { clientMessages } from '../../lambdas/protocol/client-messages';
import { ERROR_CODES } from '../../lambdas/protocol/errors';
import { httpCalls } from '../../lambdas/protocol/http-calls';
import { serverMessages } from '../../lambdas/protocol/server-schemas';
import { SETTINGS } from '../../local/settings';
import { version } from '../../package.json';
import { anchorOf, blocksOf, codeIn, headingsOf, linksOf, tablesOf } from '../support/markdown';
import { CHANGE_LANGUAGES, README, README_ZH, readMarkdown, reasonNotToRun, TOUR_LANGUAGES } from '../support/readme';

const LANGUAGES = [README, README_ZH];
const english = readMarkdown(README);
const chinese = readMarkdown(README_ZH);

/** A front door, not a manual. */
const MOST_LINES = 340;

/** The table that has a cell in its first column, without its header. */
function tableWith(markdown: string, cell: string): string[][] {
  const table = tablesOf(markdown).find((rows) => rows.some(([first]) => first === cell));
  if (!table) throw new Error(`no table has ${cell} in its first column`);
  return table.slice(1);
}

describe('the README in Chinese', () => {
  it('has the code blocks of the English one, character by character', () => {
    const code = (markdown: string) => blocksOf(markdown).map(({ language, code }) => `${language}\n${code}`);
    expect(code(chinese)).toEqual(code(english));
  });

  it('has a counterpart of each heading', () => {
    const levels = (markdown: string) => headingsOf(markdown).map(({ level }) => level);
    expect(levels(chinese)).toEqual(levels(english));
  });

  it('has a counterpart of each row of each table, with the same code in the same cell', () => {
    const code = (markdown: string) =>
      tablesOf(markdown).map((rows) => rows.map((cells) => cells.map((cell) => codeIn(cell).sort())));
    expect(code(chinese)).toEqual(code(english));
  });

  it('has the same links, but for the one to the other language', () => {
    const links = (markdown: string) => linksOf(markdown).filter((link) => !LANGUAGES.includes(link));
    expect(links(chinese)).toEqual(links(english));
    expect([linksOf(english)[0], linksOf(chinese)[0]]).toEqual([README_ZH, README]);
  });

  it('is in Chinese: each paragraph and each table cell of several words has Chinese characters', () => {
    const lines = chinese.replace(/^```.*?^```$/gms, '').split('\n');
    const texts = lines.filter((line) => /\p{L}{2,} \p{L}{2,}/u.test(line.replace(/`[^`]*`/g, '')));
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.filter((line) => !/\p{Script=Han}/u.test(line))).toEqual([]);
  });
});

describe.each(LANGUAGES)('%s', (path) => {
  const markdown = readMarkdown(path);

  it('has only kinds of blocks that a test runs', () => {
    const known = [...TOUR_LANGUAGES, ...CHANGE_LANGUAGES];
    const unknown = blocksOf(markdown).filter(({ language }) => !known.includes(language));
    expect(unknown.map(({ line, language }) => `${path}:${line} ${language || 'names no language'}`)).toEqual([]);
  });

  it('says of a block that no test runs why that is so', () => {
    const reasons = blocksOf(markdown).map(reasonNotToRun);
    expect(reasons.filter(Boolean)).toEqual(['it needs an AWS account.']);
  });

  it('lists every setting with its default, in the order of the code', () => {
    const rows = tableWith(markdown, '`WS_HOST`').map(([name, value]) => [name, value]);
    const settings = Object.entries(SETTINGS).map(([name, setting]) => [
      `\`${name}\``,
      setting.default === '' ? '' : `\`${setting.default}\``,
    ]);
    expect(rows).toEqual(settings);
  });

  it('lists every HTTP call', () => {
    const calls = tableWith(markdown, '`GET /health`').map(([call = '']) => codeIn(call)[0]);
    expect(calls.sort()).toEqual(Object.keys(httpCalls).sort());
  });

  it('lists every message that clients send', () => {
    const rows = tablesOf(markdown).flat();
    const sent = Object.keys(clientMessages);
    expect(sent.filter((type) => !rows.some(([happens = '']) => codeIn(happens)[0] === type))).toEqual([]);
  });

  it('lists every message that the server sends', () => {
    const rows = tablesOf(markdown).flat();
    const received = Object.keys(serverMessages);
    expect(received.filter((type) => !rows.some(([, gets = '']) => codeIn(gets).includes(type)))).toEqual([]);
  });

  it('lists every error code', () => {
    const code = codeIn(markdown);
    expect(ERROR_CODES.filter((errorCode) => !code.includes(errorCode))).toEqual([]);
  });

  it('is no longer than a front door may be', () => {
    expect(markdown.trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
  });

  it('has no two headings of one name', () => {
    const anchors = headingsOf(markdown).map(anchorOf);
    expect(new Set(anchors).size).toBe(anchors.length);
  });
});

it('the changelog begins with the version of the package', () => {
  const [first] = headingsOf(readMarkdown('CHANGELOG.md')).filter(({ level }) => level === 2);
  expect(first?.text).toContain(`[${version}]`);
});
