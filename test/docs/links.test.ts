/** Relative links in Markdown lead to existing files, and to headings in them. Paths and npm scripts in code marks exist too. */
import { existsSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { scripts } from '../../package.json';
import { anchorOf, codeIn, headingsOf, linksOf } from '../support/markdown';
import { ROOT, readMarkdown } from '../support/readme';

/** Not ours, or not written by hand. */
const NOT_OURS = /^(node_modules|cdk\.out|coverage|\..+)$/;

function markdownFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.test(entry.name) ? [] : markdownFiles(path);
    return path.endsWith('.md') ? [path] : [];
  });
}

/** What is wrong with a file's link; undefined if it is correct, or leads to another site. */
function faultOf(link: string, file: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path = '', anchor] = decodeURI(link).split('#');
  const target = path === '' ? file : posix.join(posix.dirname(file), path);
  if (!existsSync(join(ROOT, target))) return `${file}: there is no ${target}`;
  if (anchor === undefined || headingsOf(readMarkdown(target)).some((heading) => anchorOf(heading) === anchor)) {
    return undefined;
  }
  return `${file}: ${target} has no heading #${anchor}`;
}

const files = markdownFiles();

it('the Markdown of every folder is checked', () => {
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/fidelity.md', 'examples/README.md']),
  );
});

it.each(files)('%s has no dead link', (file) => {
  const faults = linksOf(readMarkdown(file)).map((link) => faultOf(link, file));
  expect(faults.filter(Boolean)).toEqual([]);
});

it.each([
  ['no-such-file.md', 'README.md: there is no no-such-file.md'],
  ['docs/fidelity.md#no-such-heading', 'README.md: docs/fidelity.md has no heading #no-such-heading'],
  ['#no-such-heading', 'README.md: README.md has no heading #no-such-heading'],
  ['docs/fidelity.md#what-differs-on-purpose', undefined],
  ['https://example.com/no-such-file.md', undefined],
])('a link to %s gives %j', (link, fault) => {
  expect(faultOf(link, 'README.md')).toBe(fault);
});

/** Paths that a page tells its reader to create. */
const TO_BE_CREATED = ['test/unit/app/'];

/** Pages about the code: a path in code marks is one of this repository. The changelog also names removed files. */
const ABOUT_THE_CODE = files.filter(
  (file) => !/^(CHANGELOG|docs\/(coldstart|cost|scaling|simulation|performance))\.md$/.test(file),
);

it.each(ABOUT_THE_CODE)('%s names no path that does not exist', (file) => {
  const paths = codeIn(readMarkdown(file)).filter((code) =>
    /^(bench|bin|cli|docs|examples|lambdas|lib|local|scripts|test)\/[\w./-]*$/.test(code),
  );
  expect(paths.filter((path) => !existsSync(join(ROOT, path)) && !TO_BE_CREATED.includes(path))).toEqual([]);
});

it.each(files)('%s names no npm script that does not exist', (file) => {
  const named = [...readMarkdown(file).matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/g)].map(([, name]) => name);
  expect(named.filter((name) => !Object.hasOwn(scripts, name as string))).toEqual([]);
});
