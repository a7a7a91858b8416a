/** The READMEs and docs/settings.md: both languages say the same, and their tables match the code. */
import { clientMessages } from '../../lambdas/protocol/client-messages';
import { httpCalls } from '../../lambdas/protocol/http-calls';
import { serverMessages } from '../../lambdas/protocol/server-schemas';
import { SETTINGS } from '../../local/settings';
import { version } from '../../package.json';
import { anchorOf, blocksOf, codeIn, headingsOf, linksOf, tablesOf } from '../support/markdown';
import { README_CALLS } from '../support/product-calls';
import { README, README_LANGUAGES, README_ZH, readMarkdown, reasonNotToRun } from '../support/readme';

const LANGUAGES = [README, README_ZH];
const english = readMarkdown(README);
const chinese = readMarkdown(README_ZH);

/** An overview, not a manual. */
const MOST_LINES = 220;

/** The table with this cell in its first column, without its header. */
function tableWith(markdown: string, cell: string): string[][] {
  const table = tablesOf(markdown).find((rows) => rows.some(([first]) => first === cell));
  if (!table) throw new Error(`no table has ${cell} in its first column`);
  return table.slice(1);
}

/** The first two cells of a table of settings. */
const settingRows = Object.entries(SETTINGS).map(([name, setting]) => [
  `\`${name}\``,
  setting.default === '' ? '' : `\`${setting.default}\``,
]);

describe('the README in Chinese', () => {
  it('has the code blocks of the English one, character by character', () => {
    const code = (markdown: string) => blocksOf(markdown).map(({ language, code }) => `${language}\n${code}`);
    expect(code(chinese)).toEqual(code(english));
  });

  it('has a counterpart for each heading', () => {
    const levels = (markdown: string) => headingsOf(markdown).map(({ level }) => level);
    expect(levels(chinese)).toEqual(levels(english));
  });

  it('has a counterpart for each table row, with the same code in the same cell', () => {
    const code = (markdown: string) =>
      tablesOf(markdown).map((rows) => rows.map((cells) => cells.map((cell) => codeIn(cell).sort())));
    expect(code(chinese)).toEqual(code(english));
  });

  it('has the same links, except for the one to the other language', () => {
    const links = (markdown: string) => {
      const anchors = headingsOf(markdown).map((heading) => `#${anchorOf(heading)}`);
      const inPage = (link: string) => (link.startsWith('#') ? `heading ${anchors.indexOf(link)}` : link);
      return linksOf(markdown)
        .filter((link) => !LANGUAGES.includes(link))
        .map(inPage);
    };
    expect(links(chinese)).toEqual(links(english));
    expect([linksOf(english)[0], linksOf(chinese)[0]]).toEqual([README_ZH, README]);
  });

  it('is in Chinese: each line of text with several words has Chinese characters', () => {
    const lines = chinese.replace(/^```.*?^```$/gms, '').split('\n');
    const texts = lines.filter((line) => /\p{L}{2,} \p{L}{2,}/u.test(line.replace(/`[^`]*`|\([^)]*\)/g, '')));
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.filter((line) => !/\p{Script=Han}/u.test(line))).toEqual([]);
  });
});

describe.each(LANGUAGES)('%s', (path) => {
  const markdown = readMarkdown(path);

  it('only has kinds of blocks that a test runs', () => {
    const known = [...README_LANGUAGES, 'ts'];
    const unknown = blocksOf(markdown).filter(({ language }) => !known.includes(language));
    expect(unknown.map(({ line, language }) => `${path}:${line} ${language || 'names no language'}`)).toEqual([]);
  });

  it('gives the reason for a block that no test runs', () => {
    const reasons = blocksOf(markdown).map(reasonNotToRun);
    expect(reasons.filter(Boolean)).toEqual(['it needs an AWS account.']);
  });

  it('has settings with their defaults, in the order of the code', () => {
    const rows = tableWith(markdown, '`WS_HOST`').map(([name, value]) => [name, value]);
    const names = rows.map(([name]) => name);
    expect(rows).toEqual(settingRows.filter(([name]) => names.includes(name)));
  });

  it('has the important HTTP calls, and only existing ones', () => {
    const calls = tableWith(markdown, '`GET /health`').map(([call = '']) => codeIn(call)[0]);
    expect(calls.sort()).toEqual([...README_CALLS].sort());
    expect(README_CALLS.filter((key) => !Object.hasOwn(httpCalls, key))).toEqual([]);
  });

  it('has each message type that clients send', () => {
    const rows = tablesOf(markdown).flat();
    const sent = Object.keys(clientMessages);
    expect(sent.filter((type) => !rows.some(([happens = '']) => codeIn(happens)[0] === type))).toEqual([]);
  });

  it('has each message type that the server sends', () => {
    const rows = tablesOf(markdown).flat();
    const received = Object.keys(serverMessages);
    expect(received.filter((type) => !rows.some(([, gets = '']) => codeIn(gets).includes(type)))).toEqual([]);
  });

  it(`has no more than ${MOST_LINES} lines`, () => {
    expect(markdown.trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
  });

  it('has no duplicate headings', () => {
    const anchors = headingsOf(markdown).map(anchorOf);
    expect(new Set(anchors).size).toBe(anchors.length);
  });
});

it('docs/settings.md has each setting with its default, in the order of the code', () => {
  const rows = tableWith(readMarkdown('docs/settings.md'), '`WS_HOST`').map(([name, value]) => [name, value]);
  expect(rows).toEqual(settingRows);
});

it('the changelog begins with the unreleased changes, followed by the package’s version', () => {
  const versions = headingsOf(readMarkdown('CHANGELOG.md')).filter(({ level }) => level === 2);
  expect(versions.slice(0, 2).map(({ text }) => text.split(']')[0])).toEqual(['[Unreleased', `[${version}`]);
});
