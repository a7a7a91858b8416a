/**
 * Whoever makes it theirs as docs/extend.md says still has a green gate: in a changed copy, `npm run check` passes. Of `npm test`, this runs
 * the quick part, and with `WHOLE_GATE=1` all of it, which takes as long again as the gate.
 */
import { spawnSync } from 'node:child_process';
import { changes } from '../docs/extend-page';
import { applyBlock, copyOfTree, filesOf, removeCopy } from '../support/changes';
import { ROOT } from '../support/readme';

/**
 * Jest's own variables would make the tests of the copy think that they are a part of this run. What this run requires is not asked of the
 * copy: it has no downloads.
 */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(JEST_|REQUIRE_|NODE_ENV$)/.test(name)),
);

/** Runs a script of package.json, which has to pass. */
function run(folder: string, script: string): void {
  const { status, stdout, stderr } = spawnSync('npm', ['run', script], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return;
  const failures = stderr.replaceAll(/^PASS .*\n/gm, '');
  throw new Error(`npm run ${script} ended with ${status} in ${folder}:\n${stdout}\n${failures}`);
}

it('a copy with another responder, tool, message type and HTTP call passes the gate', () => {
  const applied = [changes.responder, changes.tool, changes.messageType, changes.httpCall].flat();
  const folder = copyOfTree(ROOT);
  expect(applied.flatMap((block) => applyBlock(folder, block))).toHaveLength(filesOf(applied).length);
  for (const script of ['types', 'lint', 'imports']) run(folder, script);
  run(folder, process.env.WHOLE_GATE === '1' ? 'test' : 'test:quick');
  removeCopy(folder);
});
