/** A killed server loses nothing that it has answered. `test/slow/sigkill.test.ts` kills it more often. */
import { removeFolders } from '../support/data-folder';
import { killAgainAndAgain } from '../support/sigkill';

afterAll(removeFolders);

test('after each of 3 kills, everything that was answered is there: chats, pushes, held pushes, broadcasts', async () => {
  const { answered } = await killAgainAndAgain(3);
  expect(Object.values(answered).reduce((sum, count) => sum + count)).toBeGreaterThan(0);
});
