/**
 * Events of many messages from a server that is killed once, to a receiver that refuses each event once and is down for a while: each event
 * arrives, in order by client, and a repeat has the same id. `MESSAGES=10000 DOWN_SECONDS=60` for more.
 */
import { removeFolders } from '../support/data-folder';
import { eventStorm, expectAllTold } from '../support/event-storm';

const MESSAGES = Number(process.env.MESSAGES ?? 2_000);
const DOWN_SECONDS = Number(process.env.DOWN_SECONDS ?? 3);
/** In milliseconds: it only ends a run that hangs. */
const TIME_LIMIT = 600_000 + MESSAGES * 100;

afterAll(removeFolders);

test(
  'every event arrives, in order by client, and a repeat has the same id',
  async () => {
    const clients = MESSAGES / 10;
    const outcome = await eventStorm({ messages: MESSAGES, clients, downFor: DOWN_SECONDS * 1_000 });
    const { taken, refused } = outcome;
    process.stdout.write(`${JSON.stringify({ messages: MESSAGES, taken: taken.length, refused })}\n`);
    expectAllTold(outcome);
    expect(refused).toBeGreaterThanOrEqual(MESSAGES * 2);
  },
  TIME_LIMIT,
);
