/**
 * The broadcast segment function in its own process, from its bundle, as Lambda runs it: the environment has all addresses, the event in
 * TASK, and the remaining time in REMAINING_MS. It ends with the handler.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variable } from '../../lambdas/aws/environment';
import type { TaskContext } from '../../lambdas/ports/tasks';
import { bundle } from '../../lib/bundle';

type Handler = (task: unknown, context: TaskContext) => Promise<void>;

/** The file is removed as soon as it is loaded, because the process may be killed at any time. */
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
  () => process.exit(0), // the SDK's sockets would keep it running for a while
  (error) => {
    process.stderr.write(`${error?.stack}\n`);
    process.exit(1);
  },
);
