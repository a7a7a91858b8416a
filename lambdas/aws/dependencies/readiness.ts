/** Readiness on AWS: only the store can be unavailable. There is no draining and no limit on connections. */
import { answersInTime, type Readiness } from '../../ports/readiness';
import { systemClock } from '../../ports/runtime';
import { clients } from './dynamodb';
import type { FunctionContext } from './function-context';

/** Normally nobody's id, so that the read is as small as possible. */
const NOBODY = 'ready';

export function readiness(context: FunctionContext): Readiness {
  const store = clients(context);
  return async () => {
    await answersInTime(store.get(NOBODY), systemClock);
    return undefined;
  };
}
