/**
 * A broadcast whose tasks were interrupted by the end of the process: the next process on the same folder sends the rest, and the job
 * completes.
 */
import { systemClock } from '../../lambdas/ports/runtime';
import { encode, frameOf } from '../../lambdas/protocol/codec';
import { newFolder, openStores, removeFolders } from '../support/data-folder';
import { call } from '../support/http';
import { startTestServer } from '../support/local-server';
import { eventually } from './suite/eventually';

afterAll(removeFolders);

const startedAt = new Date().toISOString();
const text = encode(frameOf({ type: 'news', data: {} }, 'm-1', startedAt));
const counts = { recipients: 300, delivered: 290, gone: 9, failed: 1 };

it('a broadcast completes after a restart, and keeps its earlier counts', async () => {
  const folder = newFolder();
  const { broadcasts, tasks, close } = await openStores(folder, { clock: systemClock });
  const audience = { kind: 'everybody' } as const;
  await broadcasts.save({ broadcastId: 'b-1', messageId: 'm-1', startedAt, audience, segments: 2, text });
  await broadcasts.checkpoint('b-1', 0, { ...counts, pages: 1, finished: true, at: startedAt, run: 'r-1' });
  await tasks.add({ task: 'broadcast_segment', broadcastId: 'b-1', segment: 1 } as never);
  await close();

  const server = await startTestServer({ DATA_DIR: folder });
  await eventually(async () => {
    const { body } = await call('GET', `${server.httpUrl}/broadcasts/b-1`);
    expect(body).toMatchObject({ status: 'completed', ...counts });
  });
  await server.stop();
  const after = await openStores(folder);
  expect(after.tasks.left).toEqual([]);
  await after.close();
});
