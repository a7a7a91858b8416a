/** Tasks as asynchronous Lambda invocations, each of a function of its own. Lambda retries failures, then dead-letters them. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { TaskName, Tasks } from '../ports/tasks';

export interface LambdaTasksOptions {
  client: LambdaClient;
  /** @returns the name of a task's function; undefined where this function may not start it */
  functionName(task: TaskName): string | undefined;
}

export function createLambdaTasks({ client, functionName }: LambdaTasksOptions): Tasks {
  return {
    async start(task) {
      const FunctionName = functionName(task.task);
      if (FunctionName === undefined) throw new Error(`this function may not start the task ${task.task}`);
      await client.send(
        new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(task)) }),
      );
    },
  };
}
