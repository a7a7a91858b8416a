/** Data folders for tests, in the system's temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDurableStores } from '../../local/durable/durable-stores';
import { createFakeClock, type FakeClock } from './fake-clock';
import { createRecordingLog } from './fakes';

/** Limits above what a test stores. */
const BOUNDS = { historyPerClient: 1_000, historyTotalBytes: 64 * 1_048_576 };

const folders: string[] = [];

/** A path that does not exist yet. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-'));
  folders.push(folder);
  return join(folder, 'data');
}

/** Removes every folder that a test has made. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** @param options  that differ from the default */
export async function openStores(path: string, options: Partial<Parameters<typeof openDurableStores>[1]> = {}) {
  const clock: FakeClock = (options.clock as FakeClock | undefined) ?? createFakeClock();
  const log = createRecordingLog();
  const stores = await openDurableStores(path, { clock, log, historySeconds: 3_600, ...BOUNDS, ...options });
  return { ...stores, clock, log };
}
