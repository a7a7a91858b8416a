/** The tasks that a function can start: those whose functions its environment names. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { createLambdaTasks } from '../../background/lambda-tasks';
import type { Tasks } from '../../background/tasks';
import type { Environment } from '../environment';
import type { ClientOptions } from './client-options';

export function tasksFrom(environment: Environment, options: ClientOptions = {}): Tasks {
  return createLambdaTasks({
    client: new LambdaClient(options),
    functionNames: {
      welcome: environment.WELCOME_FUNCTION,
      broadcast_segment: environment.BROADCAST_SEGMENT_FUNCTION,
    },
  });
}
