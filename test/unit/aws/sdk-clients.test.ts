/** What happens to posts whose socket is reset. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(__dirname, '../../support/stale-sockets-process.ts');

let report: Record<string, unknown>;

beforeAll(() => {
  const run = spawnSync(process.execPath, ['--no-warnings', '--import', 'tsx', PROGRAM], { encoding: 'utf8' });
  if (run.stdout === '') throw new Error(run.stderr);
  report = JSON.parse(run.stdout);
});

it('a post on a reused socket that is reset before an answer is sent once more, even with at most once', () => {
  expect(report.keptSocket).toEqual({ outcome: 'delivered', posts: 3 });
});

it('a post on a new socket that is reset is not sent again: it may have been handled', () => {
  expect(report.newSocket).toEqual({ outcome: 'failed', posts: 1 });
});

it('all of 200 posts arrive after the server has reset all idle sockets', () => {
  expect(report.pool).toEqual(['delivered']);
});
