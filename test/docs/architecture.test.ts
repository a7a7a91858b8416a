/** docs/architecture.md: its tables match the code, and its tour of the files is the path of a message. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { SEGMENTS } from '../../lambdas/broadcasts/broadcast';
import { authorizers, failures, functions, httpRoutes, tasks, webSocketRoutes } from '../../lambdas/routes';
import { codeIn, sectionOf, tablesOf } from '../support/markdown';
import { ownFunctions } from '../support/own-functions';
import { ROOT, readMarkdown } from '../support/readme';

const page = readMarkdown('docs/architecture.md');

function rowsIn(heading: string): string[][] {
  return (tablesOf(sectionOf(page, heading))[0] ?? []).slice(1);
}

describe('the table of functions', () => {
  const rows = rowsIn('Functions, routes, tasks, authorizers').map(([name = '', calledBy = '', uses = '']) => ({
    name: codeIn(name)[0] as keyof typeof functions,
    calledBy,
    uses: codeIn(uses),
  }));

  it('has the product’s functions; a team’s own are in their own folder', () => {
    expect(rows.map(({ name }) => name)).toEqual(ownFunctions);
  });

  it('has what each function uses', () => {
    expect(rows.map(({ name, uses }) => [name, uses])).toEqual(rows.map(({ name }) => [name, functions[name].uses]));
  });

  it('has what calls each function', () => {
    for (const { name, calledBy } of rows) {
      const task = Object.entries(tasks).find(([, called]) => called === name)?.[0];
      const route = webSocketRoutes.find((row) => row.function === name)?.routeKey;
      const isAuthorizer = Object.values<string>(authorizers).includes(name);
      const failed = Object.entries(failures).find(([, told]) => told === name)?.[0];
      if (name === 'events/publish') expect(calledBy).toBe('streams of the tables, with the setting `events`');
      else if (failed) expect(calledBy).toBe(`failure of \`${failed}\``);
      else if (task) expect(calledBy).toBe(`task \`${task}\``);
      else if (route) expect(calledBy).toBe(`\`${route}\``);
      else if (isAuthorizer) expect(calledBy).toMatch(/^before /);
      else expect(httpRoutes.some((row) => row.function === name)).toBe(true);
    }
  });
});

it('a broadcast has as many tasks as the page says', () => {
  expect(sectionOf(page, 'A broadcast')).toContain(`starts ${SEGMENTS} tasks`);
});

describe('the files of one message', () => {
  const rows = rowsIn('One message, file by file').map(([where = '', folder = '', files = '']) => ({
    where,
    files: codeIn(files).map((file) => `${codeIn(folder)[0]}${file}`),
  }));
  const filesOf = (...wheres: string[]) =>
    rows
      .filter(({ where }) => wheres.includes(where))
      .flatMap(({ files }) => files)
      .sort();

  /** The answer of the tests' own app stands for that of `lambdas/app/responder.ts`. */
  function measured(...options: string[]): string[] {
    const program = join(__dirname, 'message-walk.ts');
    const { stdout, stderr } = spawnSync('node', ['--no-warnings', '--import', 'tsx', program, ...options], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    return [...JSON.parse(stdout), 'lambdas/app/responder.ts'].sort();
  }

  it('match one machine', () => {
    expect(filesOf('both', 'one machine')).toEqual(measured());
    expect(page).toContain(`**${filesOf('both', 'one machine').length} files on one machine`);
  });

  /** On Lambda the handler has its own entry (`entryOf` in `lib/bundle.ts`), with another log. */
  const onLambdaOnly = ['lambdas/aws/invocation-ids.ts', 'lambdas/aws/json-log.ts'];

  it('match AWS', () => {
    const onTheWire = measured('--wire').filter((file) => file.startsWith('lambdas/'));
    expect(filesOf('both', 'AWS')).toEqual([...onTheWire, ...onLambdaOnly].sort());
    expect(page).toContain(`${filesOf('both', 'AWS').length} on AWS**`);
  });
});
