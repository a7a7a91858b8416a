/** Group commits, and a disk that fails for a while. */
import { UnavailableError } from '../../../../lambdas/ports/errors';
import type { Change } from '../../../../local/durable/data-folder';
import { Journal } from '../../../../local/durable/journal';
import { createRecordingLog } from '../../../support/fakes';

/** A folder that the test can fill up, and that records each commit. */
function createFolder() {
  const commits: Change[][] = [];
  const folder = {
    commits,
    isFull: false,
    recoveries: 0,
    async commit(changes: readonly Change[]) {
      await new Promise((resolve) => setImmediate(resolve));
      if (folder.isFull) throw Object.assign(new Error('no space left'), { code: 'LEVEL_IO_ERROR' });
      commits.push([...changes]);
    },
    async recover() {
      folder.recoveries += 1;
      if (folder.isFull) throw new Error('no space left');
    },
  };
  return folder;
}

function prepare() {
  const folder = createFolder();
  const log = createRecordingLog();
  return { folder, log, journal: new Journal({ folder, log, retryWait: 1 }) };
}

const text = (value: string) => () => value;

test('changes of one turn share a commit, and later changes share the next one', async () => {
  const { folder, journal } = prepare();
  journal.write('a', text('1'));
  const first = journal.stored();
  journal.write('b', text('1'));
  await Promise.all([first, journal.stored()]);
  expect(folder.commits).toEqual([
    [
      ['a', '1'],
      ['b', '1'],
    ],
  ]);
  journal.write('a', text('2'));
  const second = journal.stored();
  await new Promise((resolve) => setImmediate(resolve)); // the second commit is under way
  for (const value of ['3', '4']) journal.write('a', text(value));
  journal.write('b', undefined);
  await Promise.all([second, journal.stored()]);
  expect(folder.commits.slice(1)).toEqual([
    [['a', '2']],
    [
      ['a', '4'],
      ['b', undefined],
    ],
  ]);
  await journal.close();
});

test('a caller without changes of its own waits for the commits under way', async () => {
  const { folder, journal } = prepare();
  await journal.stored();
  expect(folder.commits).toEqual([]);
  journal.write('a', text('1'));
  void journal.stored();
  await new Promise((resolve) => setImmediate(resolve));
  await journal.stored();
  expect(folder.commits).toHaveLength(1);
  await journal.close();
});

test('a change that nobody waits for is written soon, and at the latest on close', async () => {
  const { folder, journal } = prepare();
  journal.write('a', text('1'));
  while (folder.commits.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  journal.write('b', text('1'));
  await journal.close();
  expect(folder.commits).toEqual([[['a', '1']], [['b', '1']]]);
});

test('calls fail at once while the disk fails; when it works again, only the newest values are written', async () => {
  const { folder, journal, log } = prepare();
  folder.isFull = true;
  journal.write('a', text('1'));
  journal.write('b', text('1'));
  const waiting = journal.stored();
  await expect(waiting).rejects.toThrow(UnavailableError);
  expect(() => journal.assertWorks()).toThrow(UnavailableError);
  await expect(journal.stored()).rejects.toThrow(UnavailableError);
  journal.write('a', text('2'));
  while (folder.recoveries < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(log.errors.map(({ event }) => event)).toEqual(['store_failed']);
  folder.isFull = false;
  while (folder.commits.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(new Map(folder.commits[0])).toEqual(
    new Map([
      ['a', '2'],
      ['b', '1'],
    ]),
  );
  expect(log.infos).toEqual(['store_recovered']);
  journal.write('c', text('1'));
  await journal.stored();
  await journal.close();
  expect(folder.commits).toHaveLength(2);
});

test('a disk that still fails on close is logged, and does not delay the close', async () => {
  const { folder, journal, log } = prepare();
  folder.isFull = true;
  journal.write('a', text('1'));
  await journal.close();
  expect(log.errors.map(({ event }) => event)).toEqual(['store_failed']);
});
