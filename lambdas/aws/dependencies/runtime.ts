/** Dependencies of every function. */
import { newUuid, systemClock } from '../../ports/runtime';
import { createJsonLog } from '../json-log';
import type { FunctionContext } from './function-context';

export function runtime({ environment }: FunctionContext) {
  return { clock: systemClock, newId: newUuid, log: createJsonLog(environment) };
}
