/**
 * A copy that is changed as docs/extend.md shows still passes the checks. Of `npm test`, this runs the tests that see the team's app; with
 * `WHOLE_GATE=1` it runs all of them.
 */
import { execFile, spawnSync } from 'node:child_process';
import { changes } from '../docs/extend-page';
import { applyBlock, copyOfTree, filesOf, removeCopy } from '../support/changes';
import type { Block } from '../support/markdown';
import { ROOT } from '../support/readme';

/**
 * With Jest's own variables, the tests of the copy would join this run. What this run requires is not required of the copy, which has no
 * downloads.
 */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(JEST_|REQUIRE_|NODE_ENV$)/.test(name)),
);

/** Runs a script of package.json, which must pass. */
function run(folder: string, script: string, ...options: string[]): Promise<void> {
  const how = { cwd: folder, env: environment, maxBuffer: 2 ** 28 };
  return new Promise((resolve, reject) => {
    execFile('npm', ['run', script, ...options], how, (error, stdout, stderr) => {
      if (!error) return resolve();
      const failures = stderr.replaceAll(/^PASS .*\n/gm, '');
      reject(new Error(`npm run ${script} ended with ${error.code} in ${folder}:\n${stdout}\n${failures}`));
    });
  });
}

/** @returns the folder of a copy of the tree with all of these changes applied without errors */
function copyWith(applied: Block[]): string {
  const folder = copyOfTree(ROOT);
  expect([...new Set(applied.flatMap((block) => applyBlock(folder, block)))]).toEqual(filesOf(applied));
  return folder;
}

async function expectChecks(folder: string): Promise<void> {
  await Promise.all(['types', 'lint', 'imports'].map((script) => run(folder, script)));
}

it('a copy with another responder, tool, message type, HTTP call and background task passes the tests', async () => {
  const { responder, tool, messageType, httpCall, task, starting } = changes;
  const folder = copyWith([responder, tool, messageType, httpCall, task, starting].flat());
  if (process.env.WHOLE_GATE === '1') await run(folder, 'test');
  else
    await run(
      folder,
      'test',
      '--',
      'test/unit/protocol',
      'test/unit/websocket',
      'test/unit/http',
      'test/infra/stack.test.ts',
      'test/infra/release.test.ts',
      'test/e2e/memory.test.ts',
    );
  removeCopy(folder);
});

it('a copy with all compatible changes passes the checks, and Lambda’s files can be built', async () => {
  const { responder, tool, messageType, httpCall, task, starting } = changes;
  const folder = copyWith([responder, tool, messageType, httpCall, task, starting].flat());
  await expectChecks(folder);
  const names = ['websocket/message', 'http/read', 'http/push', 'http/docs', 'nudges/nudge'];
  const program = `for (const name of ${JSON.stringify(names)}) require('./lib/bundle').bundle(name)`;
  const bundled = spawnSync('node_modules/.bin/tsx', ['-e', program], { cwd: folder, encoding: 'utf8' });
  expect(bundled).toMatchObject({ status: 0, stderr: '' });
  removeCopy(folder);
});

it.each(['streaming', 'setting'] as const)('a copy with the change "%s" passes the checks', async (name) => {
  const folder = copyWith(changes[name]);
  await expectChecks(folder);
  removeCopy(folder);
});
