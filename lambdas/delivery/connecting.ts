/** Connections that may not be open yet: API Gateway answers 410 until $connect has returned and the handshake is complete. */
import type { Clock } from '../ports/runtime';

/** Milliseconds after $connect within which a 410 proves nothing. */
const CONNECTING = 60_000;

/** Milliseconds before each attempt to reach such a connection. It usually opens within milliseconds; after 5 seconds it is gone. */
export const TRIES = [0, 20, 40, 80, 160, 320, 640, 1_250, 2_500];

/** @param connectedAt  ISO-8601 */
export function isConnecting(connectedAt: string, clock: Clock): boolean {
  return clock.now() - Date.parse(connectedAt) <= CONNECTING;
}
