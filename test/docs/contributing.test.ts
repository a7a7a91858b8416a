/** CONTRIBUTING.md: answers to "Where do I find" that could become wrong unnoticed are compared with the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { CLOSING } from '../../lambdas/protocol/server-messages';
import { codeIn, sectionOf } from '../support/markdown';
import { ROOT, readMarkdown } from '../support/readme';

const section = sectionOf(readMarkdown('CONTRIBUTING.md'), 'Where do I find ...');

/** Code marks in the answer to a question. */
function namedIn(question: string): string[] {
  const answer = section.split(/^(?=\*\*)/m).find((text) => text.startsWith(`**... ${question}`));
  if (answer === undefined) throw new Error(`no question begins with "${question}"`);
  return codeIn(answer);
}

const source = (path: string) => readFileSync(join(ROOT, path), 'utf8');

function sourcesIn(folder: string): string[] {
  const found = readdirSync(join(ROOT, folder), { recursive: true }) as string[];
  return found.filter((file) => file.endsWith('.ts')).map((file) => posix.join(folder, file));
}

/** Our own files that a file imports; imports of types are left out, because they load nothing. */
function importsOf(path: string): string[] {
  const text = source(path);
  const fixed = [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)'/gm)];
  // A factory for AWS loads on demand what only functions need.
  const onDemand = path.startsWith('local/') ? [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)] : [];
  return [...fixed, ...onDemand]
    .map(([, specifier = '']) => posix.join(dirname(path), `${specifier}.ts`))
    .filter((file) => existsSync(join(ROOT, file)));
}

function reachableFrom(starts: readonly string[]): Set<string> {
  const seen = new Set(starts);
  for (const path of seen) for (const file of importsOf(path)) seen.add(file);
  return seen;
}

it('names each reason to close a connection', () => {
  const named = namedIn('what ends a connection').filter((code) => /^[a-z_]+$/.test(code));
  expect(named.sort()).toEqual([...Object.keys(CLOSING), 'end_session'].sort());
});

it('names each file with limits', () => {
  const folders = ['lambdas/protocol', 'lambdas/ports', 'lambdas/models', 'local/gateway'];
  const isLimits = (path: string) => /^export const MAX_\w+ = \d/m.test(source(path));
  const named = namedIn('where a limit');
  expect(named).toEqual(expect.arrayContaining(folders.flatMap(sourcesIn).filter(isLimits)));
});

it('names each adapter that only runs on AWS', () => {
  const used = new Set([...source('local/wire/host.ts').matchAll(/\baws\.(\w+)/g)].map(([, name]) => name));
  const factories = sourcesIn('lambdas/aws/dependencies').filter((path) =>
    [...source(path).matchAll(/^export (?:async )?(?:function|const) (\w+)/gm)].some(([, name]) => used.has(name)),
  );
  const local = sourcesIn('local')
    .flatMap(importsOf)
    .filter((path) => path !== 'lambdas/aws/dependencies/index.ts');
  const onBoth = reachableFrom([...factories, ...local]);
  const onAwsOnly = sourcesIn('lambdas/aws').filter(
    (path) => !/\/(dependencies|sdk)\//.test(path) && !onBoth.has(path),
  );
  expect(
    namedIn('what runs on AWS only')
      .filter((code) => /^lambdas\/aws\/.*\.ts$/.test(code))
      .sort(),
  ).toEqual(onAwsOnly.sort());
});
