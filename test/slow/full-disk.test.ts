/** A disk that is really full: a file system of 4 MB, which only root can mount. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnavailableError } from '../../lambdas/ports/errors';
import type { HistoryRecord } from '../../lambdas/ports/history-store';
import { newFolder, openStores, removeFolders } from '../support/data-folder';

const EPOCH = '1fy5dzpc00000';

let disk: string;
let isMounted = false;

beforeAll(() => {
  disk = newFolder();
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stdio: 'pipe' });
    isMounted = true;
  } catch {
    process.stderr.write('SKIPPED: a full disk: this user cannot mount a file system.\n');
  }
});

afterAll(() => {
  if (isMounted) execFileSync('umount', [disk]);
  removeFolders();
});

function itemOf(seq: number) {
  const content = Array.from({ length: 400 }, () => Math.random().toString(36)).join('');
  const record: HistoryRecord = {
    direction: 'out',
    messageId: `m-${seq}`,
    type: 'chat_message',
    data: { content },
    timestamp: '2099-01-01T00:00:00.000Z',
    size: content.length,
  };
  return { clientId: 'a', position: { epoch: EPOCH, seq }, records: [record] };
}

test('calls fail while the disk is full, then recover, and a restart has everything that was answered', async () => {
  if (!isMounted) return;
  const filler = join(disk, 'filler');
  const path = join(disk, 'data');
  let stores = await openStores(path);
  const stored = new Set<number>();
  let seq = 0;

  async function put(): Promise<boolean> {
    seq += 1;
    const number = seq;
    try {
      await stores.history.put(itemOf(number));
      stored.add(number);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(UnavailableError);
      return false;
    }
  }

  async function assertAllThere(): Promise<void> {
    const { items } = await stores.history.after('a', { epoch: EPOCH, seq: 0 }, 100_000_000);
    const found = new Set(items.map(({ position }) => position.seq));
    expect([...stored].filter((number) => !found.has(number))).toEqual([]);
  }

  for (let round = 0; round < 5; round++) {
    for (let count = 0; count < 20; count++) expect(await put()).toBe(true);
    const free = Number(execFileSync('df', ['--output=avail', '-B1', disk]).toString().split('\n')[1]);
    writeFileSync(filler, Buffer.alloc(Math.max(0, free - 40_000)));
    while (await put());
    expect(await put()).toBe(false);
    rmSync(filler);
    while (!(await put())) await new Promise((resolve) => setTimeout(resolve, 50));
    if (round % 2 === 0) {
      await stores.close();
      stores = await openStores(path);
    }
    await assertAllThere();
  }
  await stores.close();
  stores = await openStores(path);
  await assertAllThere();
  await stores.close();
});
