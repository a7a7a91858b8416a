/** Whoever makes it theirs as docs/extend.md says still has a green gate: `npm run check`, with `npm test` in it, passes in a changed copy. */
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

it('a copy with another responder, tool, message type and HTTP call passes the gate', () => {
  const applied = [changes.responder, changes.tool, changes.messageType, changes.httpCall].flat();
  const folder = copyOfTree(ROOT);
  expect(applied.flatMap((block) => applyBlock(folder, block))).toHaveLength(filesOf(applied).length);
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'check'], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`npm run check ended with ${status} in ${folder}:\n${stdout}\n${stderr}`);
  removeCopy(folder);
});
