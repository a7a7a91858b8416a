/** A server that is killed again and again loses nothing that it has answered. `KILLS=100` kills it more often. */
import { removeFolders } from '../support/data-folder';
import { killAgainAndAgain } from '../support/sigkill';

afterAll(removeFolders);

const KILLS = Number(process.env.KILLS ?? 25);

test('after each kill, everything that was answered is there: chats, pushes, held pushes, broadcasts', async () => {
  const { answered } = await killAgainAndAgain(KILLS);
  process.stdout.write(`answered before kills, and found after them: ${JSON.stringify(answered)}\n`);
  for (const count of Object.values(answered)) expect(count).toBeGreaterThan(0);
});
