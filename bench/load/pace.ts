/** A load with a fixed number of messages a second, whether or not they are answered. */
import type { LoadClient } from './load-client';

/** Milliseconds between two checks of how many messages are due. */
const STEP = 5;

/** @returns stops it */
export function startPace(clients: readonly LoadClient[], message: Buffer, perSecond: number): () => void {
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    for (; sent < due; sent += 1) (clients[sent % clients.length] as LoadClient).send(message);
  }, STEP);
  return () => clearInterval(timer);
}
