/**
 * The broadcast segment function in a process of its own, as Lambda runs it: its environment says where everything is, TASK
 * what the event is, and REMAINING_MS what is left of its time. It ends when the handler has.
 */
import * as aws from '../../lambdas/aws/dependencies';
import { variable } from '../../lambdas/aws/environment';
import { create } from '../../lambdas/broadcasts/segment';

const remaining = Number(variable(process.env, 'REMAINING_MS'));
const context = { getRemainingTimeInMillis: () => remaining };
const own = { environment: process.env };
const handler = create({
  ...aws.runtime(own),
  clients: aws.clients(own),
  history: aws.history(own),
  broadcasts: aws.broadcasts(own),
  connections: aws.connections(own),
  tasks: aws.tasks(own),
});

handler(JSON.parse(variable(process.env, 'TASK')), context).then(
  () => process.exit(0), // the SDK's sockets would hold it for a while
  (error) => {
    process.stderr.write(`${error?.stack}\n`);
    process.exit(1);
  },
);
