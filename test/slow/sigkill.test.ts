/** A server that is killed a hundred times loses nothing that it has answered. `KILLS=1000` kills it more often. */
import { removeFolders } from '../support/data-folder';
import { killAgainAndAgain } from '../support/sigkill';

afterAll(removeFolders);

/** Of one server, on one folder. */
const KILLS_EACH = 25;

const servers = Math.ceil(Number(process.env.KILLS ?? 100) / KILLS_EACH);

test.each(Array.from({ length: servers }, (_, index) => index + 1))(
  'after each of 25 kills of server %i, everything that was answered is there: chats, pushes, held pushes, broadcasts',
  async () => {
    const { answered } = await killAgainAndAgain(KILLS_EACH);
    process.stdout.write(`answered before kills, and found after them: ${JSON.stringify(answered)}\n`);
    for (const count of Object.values(answered)) expect(count).toBeGreaterThan(0);
  },
);
