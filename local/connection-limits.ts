/** What a connection may do, as clients are told. */
import type { ConnectionLimits } from '../lambdas/ports/dependencies';
import { CONNECTION_LIFETIME_SECONDS } from '../lambdas/protocol/limits';
import type { Settings } from './settings';

/** A heartbeat at the limit of idleness would come too late: a client is told 3/4 of it at most. */
export function connectionLimitsOf({
  HEARTBEAT_SECONDS,
  IDLE_SECONDS,
  MAX_FRAME_BYTES,
  HISTORY_SECONDS,
}: Settings): ConnectionLimits {
  const longest = Math.max(1, Math.floor((IDLE_SECONDS * 3) / 4));
  return {
    heartbeatSeconds: Math.min(HEARTBEAT_SECONDS, longest),
    maxFrameBytes: MAX_FRAME_BYTES,
    resumableSeconds: HISTORY_SECONDS,
    lifetimeSeconds: CONNECTION_LIFETIME_SECONDS,
  };
}
