/** How long a broadcast takes to reach everybody, and its cost in the server's processor time per client. */
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../readings';
import type { Trial } from './trial';

/** Milliseconds after each: work that a server does after all have the frame belongs to this broadcast, not to the next. */
const SETTLING = 150;

export async function measureBroadcasts({ server, load, record }: Trial, clients: number, count: number) {
  const times: number[] = [];
  const to = { httpUrl: server.httpUrl, dialect: server.target.dialect };
  await load.call('broadcast', to); // not counted, as the first
  await pause(SETTLING);
  const before = await server.usage('processor');
  for (let index = 0; index < count; index += 1) {
    times.push(await load.call('broadcast', to));
    await pause(SETTLING);
  }
  const after = await server.usage('processor');
  record('broadcast', median(times));
  record('broadcast_processor', (after.processor - before.processor) / (clients * count));
}
