/**
 * The broadcast segment function in a process of its own, from its bundle, as Lambda runs it: its environment says where
 * everything is, TASK what the event is, and REMAINING_MS what is left of its time. It ends when the handler has.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variable } from '../../lambdas/aws/environment';
import type { TaskContext } from '../../lambdas/ports/tasks';
import { bundle } from '../../lib/bundle';

type Handler = (task: unknown, context: TaskContext) => Promise<void>;

/** What is written is removed as soon as it is loaded: the process may be killed at any moment after that. */
function loadBundle(): Handler {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-segment-'));
  try {
    const path = join(folder, 'index.js');
    writeFileSync(path, bundle('broadcasts/segment').text);
    return require(path).handler;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const remaining = Number(variable(process.env, 'REMAINING_MS'));
const context = { getRemainingTimeInMillis: () => remaining };

loadBundle()(JSON.parse(variable(process.env, 'TASK')), context).then(
  () => process.exit(0), // the SDK's sockets would hold it for a while
  (error) => {
    process.stderr.write(`${error?.stack}\n`);
    process.exit(1);
  },
);
