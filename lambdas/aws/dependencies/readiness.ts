/** On AWS only the store can be missing: there is neither a drain nor a bound on connections. */
import { answersInTime, type Readiness } from '../../ports/readiness';
import { systemClock } from '../../ports/runtime';
import { clients } from './dynamodb';
import type { FunctionContext } from './function-context';

/** No client has this id, so that a read of it is as small as can be. */
const NOBODY = 'ready';

export function readiness(context: FunctionContext): Readiness {
  const store = clients(context);
  return async () => {
    await answersInTime(store.get(NOBODY), systemClock);
    return undefined;
  };
}
