/** The connection limits that clients are told. */
import type { ConnectionLimits } from '../lambdas/ports/dependencies';
import { CONNECTION_LIFETIME_SECONDS } from '../lambdas/protocol/limits';
import type { Settings } from './settings';

/** A heartbeat exactly at the idle timeout would come too late, so clients are told at most 3/4 of it. */
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
