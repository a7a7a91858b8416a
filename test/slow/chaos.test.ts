/**
 * Clients of both libraries over an unreliable network, on each host that runs here: nothing is lost, duplicated, or out of order. `npm run
 * chaos` runs longer.
 */
import { type HostName, runChaos } from '../chaos/chaos';
import { hasPythonClient } from '../support/python';

const python = hasPythonClient() ? 10 : 0;
const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e9));

it.each<[HostName, seconds: number, broadcastsPerSecond: number]>([
  ['durable', 60, 10],
  ['memory', 60, 10],
  ['wire', 60, 2],
])('%s: what was accepted is shown once, in order, and handled once', async (host, seconds, broadcastsPerSecond) => {
  process.stdout.write(`CHAOS_SEED=${seed} makes the same choices again.\n`);
  const rates = { pushesPerSecond: 10, broadcastsPerSecond, sendEverySeconds: 2 };
  const { faults, counts } = await runChaos({ host, seed, typescript: 10, python, seconds, ...rates });
  process.stdout.write(`${JSON.stringify(counts)}\n`);
  expect(faults).toEqual({ lost: [], twice: [], outOfOrder: [], handledTwice: [], other: [] });
  expect(Math.min(counts.pushes, counts.broadcasts, counts.chats, counts.toolCalls, counts.recovered)).toBeGreaterThan(
    0,
  );
});
