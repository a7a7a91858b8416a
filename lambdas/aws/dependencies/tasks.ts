/** Starts tasks by invoking their functions. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Tasks } from '../../ports/tasks';
import { taskVariable } from '../environment';
import { createLambdaTasks } from '../lambda-tasks';
import { withOutages } from '../outages';
import { requestHandler, SAFE_TO_RETRY } from '../sdk-clients';
import type { FunctionContext } from './function-context';

export function tasks({ environment, lambda = {} }: FunctionContext): Tasks {
  return withOutages(
    createLambdaTasks({
      client: new LambdaClient({ ...SAFE_TO_RETRY, requestHandler: requestHandler(), ...lambda }),
      functionName: (task) => environment[taskVariable(task)],
    }),
  );
}
