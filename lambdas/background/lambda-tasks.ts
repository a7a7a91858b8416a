/** Tasks as asynchronous Lambda invocations, each of a function of its own. Lambda retries what fails, and keeps what fails for good. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { Task, Tasks } from './tasks';

export interface LambdaTasksOptions {
  client: LambdaClient;
  /** The function of each task; one that is not named here can't be started here. */
  functionNames: Readonly<Partial<Record<Task['task'], string>>>;
}

export function createLambdaTasks({ client, functionNames }: LambdaTasksOptions): Tasks {
  return {
    async start(task) {
      const FunctionName = functionNames[task.task];
      if (FunctionName === undefined) throw new Error(`this function can't start the task ${task.task}`);
      await client.send(
        new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(task)) }),
      );
    },
  };
}
