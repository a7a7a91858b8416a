/**
 * The broadcast segment function in a process of its own, as Lambda runs it: its environment says where everything is, TASK
 * what the event is, and REMAINING_MS what is left of its time. It ends when the handler has.
 */
import type { Context } from 'aws-lambda';
import { handler } from '../../lambdas/functions/background/broadcast-segment';
import { variable } from '../../lambdas/functions/environment';

const remaining = Number(variable(process.env, 'REMAINING_MS'));
const context = { getRemainingTimeInMillis: () => remaining } as Context;

handler(JSON.parse(variable(process.env, 'TASK')), context).then(
  () => process.exit(0), // the SDK's sockets would hold it for a while
  (error) => {
    process.stderr.write(`${error?.stack}\n`);
    process.exit(1);
  },
);
