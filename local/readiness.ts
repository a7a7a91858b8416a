/** Whether this process accepts new clients. */
import { answersInTime, type Readiness } from '../lambdas/ports/readiness';
import { systemClock } from '../lambdas/ports/runtime';
import type { Gateway } from './gateway/gateway';
import type { Host } from './host';

export interface ReadinessParts {
  isStopping: boolean;
  gateway: Pick<Gateway, 'status'>;
  host: Pick<Host, 'probeStore'>;
}

/** @param parts  called each time, because handlers are created before the gateway */
export function createReadiness(parts: () => ReadinessParts): Readiness {
  return async () => {
    const { isStopping, gateway, host } = parts();
    if (isStopping) return 'draining';
    const { connections, maxConnections } = gateway.status();
    if (connections >= maxConnections) return 'connections_full';
    await answersInTime(host.probeStore(), systemClock);
    return undefined;
  };
}

export async function isReady(readiness: Readiness): Promise<boolean> {
  return readiness().then(
    (reason) => reason === undefined,
    () => false,
  );
}
