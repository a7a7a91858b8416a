/** Tasks as asynchronous Lambda invocations, one function per task. Lambda retries failures and then sends them to a dead-letter queue. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { TaskName, Tasks } from '../ports/tasks';

export interface LambdaTasksOptions {
  client: LambdaClient;
  /**
   * @returns the name of a task's function; undefined if this function may not start it
   */
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
