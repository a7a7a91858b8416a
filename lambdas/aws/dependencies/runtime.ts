/** What every function is given. */
import { newUuid, systemClock } from '../../ports/runtime';
import { createJsonLog } from '../json-log';
import type { FunctionContext } from './function-context';

/** The dependencies that every function gets. */
export function runtime({ environment }: FunctionContext) {
  return { clock: systemClock, newId: newUuid, log: createJsonLog(environment) };
}
