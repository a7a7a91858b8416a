/** Relative links in Markdown lead to files that are there, and to headings that they have. */
import { existsSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { anchorOf, headingsOf, linksOf } from '../support/markdown';
import { ROOT, readMarkdown } from '../support/readme';

/** What is not ours, or not written by hand. */
const NOT_OURS = /^(node_modules|cdk\.out|coverage|\..+)$/;

function markdownFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.test(entry.name) ? [] : markdownFiles(path);
    return path.endsWith('.md') ? [path] : [];
  });
}

/** What is wrong with a link of a file; undefined where nothing is, or where it leads to another site. */
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

it('looks at the Markdown of every folder', () => {
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/fidelity.md', 'examples/README.md']),
  );
});

it.each(files)('%s has no link that leads nowhere', (file) => {
  const faults = linksOf(readMarkdown(file)).map((link) => faultOf(link, file));
  expect(faults.filter(Boolean)).toEqual([]);
});

it.each([
  ['no-such-file.md', 'README.md: there is no no-such-file.md'],
  ['docs/fidelity.md#no-such-heading', 'README.md: docs/fidelity.md has no heading #no-such-heading'],
  ['#no-such-heading', 'README.md: README.md has no heading #no-such-heading'],
  ['docs/fidelity.md#what-differs-on-purpose', undefined],
  ['https://example.com/no-such-file.md', undefined],
])('of a link to %s it says %j', (link, fault) => {
  expect(faultOf(link, 'README.md')).toBe(fault);
});
