import { type CallState, statusOf } from '../../../lambdas/ports/call';
import type { ClientStore } from '../../../lambdas/ports/client-store';
import type { HistoryRecord } from '../../../lambdas/ports/history-store';
import { isoTime } from '../../../lambdas/ports/runtime';
import { MAX_RESUMED_BYTES } from '../../../lambdas/protocol/limits';
import { broadcastPositionAt, newBroadcastPosition, type Position } from '../../../lambdas/protocol/position';
import { createResume, type ResumeRequest } from '../../../lambdas/websocket/resume';
import { createMemoryBroadcasts } from '../../../local/memory/memory-broadcasts';
import { createMemoryCalls } from '../../../local/memory/memory-calls';
import { createMemoryClients } from '../../../local/memory/memory-clients';
import { createMemoryGroups } from '../../../local/memory/memory-groups';
import { MemoryHistory } from '../../../local/memory/memory-history';
import { createFakeClock, type FakeClock } from '../../support/fake-clock';
import { connectionOf, createRecordingConnections, createRecordingLog } from '../../support/fakes';

const HISTORY_SECONDS = 3_600;
const SECOND = 1_000;
const MINUTE = 60_000;

interface Resumed {
  recovered: boolean;
  reason?: string;
  frames: { type: string; message_id: string; seq?: number }[];
  epoch: string;
  seq: number;
  broadcast: string;
  more: boolean;
  void: number[];
}

let clock: FakeClock;
let clients: ClientStore;
let history: MemoryHistory;
let groups: ReturnType<typeof createMemoryGroups>;
let broadcasts: ReturnType<typeof createMemoryBroadcasts>;
let connections: ReturnType<typeof createRecordingConnections>;
let start: Position;

beforeEach(async () => {
  clock = createFakeClock();
  clients = createMemoryClients({ clock, historySeconds: HISTORY_SECONDS });
  history = new MemoryHistory({
    clock,
    historySeconds: HISTORY_SECONDS,
    historyPerClient: 1_000,
    historyTotalBytes: 64 * 1_048_576,
  });
  groups = createMemoryGroups({ clock });
  broadcasts = createMemoryBroadcasts({ clock, historySeconds: HISTORY_SECONDS });
  connections = createRecordingConnections();
  ({ position: start } = await clients.connect({ ...connectionOf('a'), connectedAt: isoTime(clock.now()) }));
});

async function resume(request: ResumeRequest): Promise<Resumed> {
  const calls = createMemoryCalls({ history, historySeconds: HISTORY_SECONDS, clock });
  const run = createResume({ history, calls, broadcasts, groups, connections, clock, log: createRecordingLog() });
  const position = (await clients.get('a'))?.position;
  const { data } = await run(request, { labels: [], clientId: 'a', connectionId: 'c', position });
  return data as unknown as Resumed;
}

/** Takes the next position, and stores a frame there unless none is given. */
async function frame(
  content?: string,
  more: { heldUntil?: number } = {},
  call?: Partial<CallState>,
): Promise<Position> {
  const { position } = (await clients.startPush('a')) as { position: Position };
  if (content !== undefined) {
    const id = `m-${position.seq}`;
    const record = { direction: 'out', messageId: id, type: 'chat_message', data: { content }, size: content.length };
    await history.put({
      clientId: 'a',
      position,
      records: [{ ...record, timestamp: isoTime(clock.now()), ...more } as never],
      ...(call && { call: { messageId: id, deadline: clock.now() + 60 * MINUTE, ...call } }),
    });
  }
  return position;
}

const seqs = ({ frames }: Resumed) => frames.map(({ seq }) => seq);

function lateRecord(): HistoryRecord {
  return { direction: 'out', messageId: 'late', type: 't', data: {}, timestamp: isoTime(clock.now()), size: 1 };
}

describe('a position without a frame', () => {
  it('is void at once if a later frame is older than any answer still on its way', async () => {
    await frame('one');
    await frame();
    await frame('three');
    clock.advance(2 * SECOND);
    expect(await resume(start)).toMatchObject({ recovered: true, seq: 3, void: [2], more: false });
    expect(clock.slept).toEqual([]);
  });

  it('is waited for 1.2 seconds in total if its frame may be on its way, and is void then', async () => {
    await frame('one');
    await frame();
    const answer = await resume(start);
    expect(answer).toMatchObject({ recovered: true, seq: 2, void: [2] });
    expect(clock.slept).toEqual([100, 300, 800]);
    await resume(start);
    expect(clock.slept).toHaveLength(3);
  });

  it('is waited for only until its frame arrives', async () => {
    const late = await frame();
    const { sleep } = clock;
    clock.sleep = async (milliseconds) => {
      await sleep(milliseconds);
      if (clock.slept.length === 2) await history.put({ clientId: 'a', position: late, records: [lateRecord()] });
    };
    expect(await resume(start)).toMatchObject({ frames: [{ message_id: 'late', seq: 1 }], void: [] });
    expect(clock.slept).toEqual([100, 300]);
  });

  it('is returned if its frame arrives during the wait', async () => {
    const late = await frame();
    const { sleep } = clock;
    clock.sleep = async (milliseconds) => {
      await sleep(milliseconds);
      await history.put({ clientId: 'a', position: late, records: [lateRecord()] });
    };
    expect(await resume(start)).toMatchObject({ frames: [{ message_id: 'late', seq: 1 }], void: [] });
  });

  it('is returned if its frame arrives at the moment it would become void', async () => {
    const late = await frame();
    const put = history.void.bind(history);
    history.void = async (clientId, position) => {
      await history.put({ clientId, position: late, records: [lateRecord()] });
      return put(clientId, position);
    };
    expect(await resume(start)).toMatchObject({ frames: [{ message_id: 'late' }], void: [] });
  });

  it('can never be used again', async () => {
    const late = await frame();
    await resume(start);
    expect(await history.put({ clientId: 'a', position: late, records: [] })).toBe(false);
  });

  it('is a held push that has expired', async () => {
    await frame('held', { heldUntil: clock.now() + MINUTE });
    expect(seqs(await resume(start))).toEqual([1]);
    clock.advance(MINUTE);
    expect(await resume(start)).toMatchObject({ frames: [], void: [1], seq: 1 });
  });

  it('is one of hundreds, which are reported in parts', async () => {
    for (let count = 0; count < 450; count++) await frame();
    await frame('last');
    clock.advance(2 * SECOND);
    const first = await resume(start);
    expect(first).toMatchObject({ recovered: true, seq: 200, more: true });
    const second = await resume(first);
    const third = await resume(second);
    expect(third).toMatchObject({ seq: 451, more: false, frames: [{ seq: 451 }] });
    expect([first, second, third].flatMap(({ void: voids }) => voids)).toHaveLength(450);
  });
});

describe('completeness', () => {
  it('is claimed for 1,000 frames of the last hour, which arrive in order, but not after they expire', async () => {
    for (let number = 1; number <= 1_000; number += 1) {
      await frame(`${number} ${'x'.repeat(300)}`);
      clock.advance(3.5 * SECOND);
    }
    const received: (number | undefined)[] = [];
    let parts = 0;
    for (let from = start, more = true; more; parts += 1) {
      const answer = await resume(from);
      expect(answer.recovered).toBe(true);
      received.push(...seqs(answer));
      from = { epoch: answer.epoch, seq: answer.seq };
      more = answer.more;
    }
    expect(received).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    expect(parts).toBeGreaterThan(1);
    clock.advance(HISTORY_SECONDS * SECOND);
    expect(await resume(start)).toMatchObject({ recovered: false, reason: 'expired', frames: [], more: false });
  });

  it('is not claimed if frames have expired', async () => {
    await frame('old');
    clock.advance(HISTORY_SECONDS * SECOND);
    await frame('new');
    expect(await resume(start)).toMatchObject({
      recovered: false,
      reason: 'expired',
      frames: [{ seq: 2 }],
      void: [],
      seq: 2,
    });
  });

  it('is not claimed if all frames have expired', async () => {
    await frame('old');
    clock.advance(HISTORY_SECONDS * SECOND);
    expect(await resume(start)).toMatchObject({ recovered: false, reason: 'expired', frames: [], seq: 1, more: false });
  });

  it('is claimed after a long time without any frames', async () => {
    const last = await frame('old');
    clock.advance(2 * HISTORY_SECONDS * SECOND);
    expect(await resume(last)).toMatchObject({ recovered: true, frames: [], seq: 1 });
  });

  it('is not claimed if frames were dropped to make room', async () => {
    history = new MemoryHistory({
      clock,
      historySeconds: HISTORY_SECONDS,
      historyPerClient: 3,
      historyTotalBytes: 1_048_576,
    });
    for (let count = 0; count < 5; count++) await frame('x');
    const lost = await resume(start);
    expect(lost).toMatchObject({ recovered: false, reason: 'expired', seq: 5 });
    expect(seqs(lost)).toEqual([3, 4, 5]);
    expect(await resume({ ...start, seq: 3 })).toMatchObject({ recovered: true, frames: [{ seq: 4 }, { seq: 5 }] });
  });
});

describe('a part of a resume', () => {
  it('ends before it is too large, and the next part starts there', async () => {
    for (let count = 0; count < 3; count++) await frame('x'.repeat(50_000));
    const first = await resume(start);
    expect(first).toMatchObject({ seq: 2, more: true });
    const second = await resume(first);
    expect([seqs(first), seqs(second), second.more]).toEqual([[1, 2], [3], false]);
  });

  it('leaves out a frame that is too large for it, which is posted separately', async () => {
    await frame('x'.repeat(MAX_RESUMED_BYTES));
    const answer = await resume(start);
    expect(answer).toMatchObject({ frames: [], seq: 0, more: true });
    expect(connections.posts).toMatchObject([{ connectionId: 'c', frame: { type: 'chat_message', seq: 1 } }]);
  });
});

describe('broadcasts', () => {
  async function broadcast(text = 'x'): Promise<string> {
    const position = newBroadcastPosition(clock.now());
    const frame = { type: 'news', data: { text }, message_id: position, timestamp: '', broadcast: position };
    await broadcasts.log({ position, text: JSON.stringify(frame) });
    return position;
  }

  const ids = ({ frames }: Resumed) => frames.map(({ message_id }) => message_id);

  it('of the last ten minutes before the position are repeated, earlier ones are not', async () => {
    await broadcast();
    clock.advance(11 * MINUTE);
    const overlapping = await broadcast();
    clock.advance(MINUTE);
    const position = await broadcast();
    clock.advance(1);
    const missed = await broadcast();
    clock.advance(1);
    const answer = await resume({ ...start, broadcast: position });
    expect(ids(answer).sort()).toEqual([overlapping, position, missed].sort());
    expect(answer.broadcast > missed).toBe(true);
  });

  it('from before the client’s first connection are left out', async () => {
    await broadcasts.log({ position: newBroadcastPosition(clock.now() - MINUTE), text: '{}' });
    expect(ids(await resume({ ...start, broadcast: broadcastPositionAt(clock.now()) }))).toEqual([]);
  });

  it('arrive in parts, and always come to an end', async () => {
    const sent: string[] = [];
    for (let count = 0; count < 7; count++) {
      clock.advance(1);
      sent.push(await broadcast('x'.repeat(50_000)));
    }
    const got: string[] = [];
    let answer = await resume({ ...start, broadcast: broadcastPositionAt(clock.now()) });
    for (let parts = 0; parts < 10; parts++) {
      got.push(...ids(answer));
      if (!answer.more) break;
      answer = await resume(answer);
    }
    expect(answer.more).toBe(false);
    expect(got).toEqual(sent);
  });

  it('that are too large for a part are posted separately, once', async () => {
    await broadcast('x'.repeat(MAX_RESUMED_BYTES));
    const first = await resume({ ...start, broadcast: broadcastPositionAt(clock.now()) });
    expect(first).toMatchObject({ frames: [], more: true });
    expect(await resume(first)).toMatchObject({ frames: [], more: false });
    expect(connections.posts).toHaveLength(1);
  });

  it('follow after the client’s own frames', async () => {
    for (let count = 0; count < 3; count++) await frame('x'.repeat(50_000));
    const position = await broadcast();
    const first = await resume({ ...start, broadcast: position });
    expect(first).toMatchObject({ more: true, broadcast: position });
    expect(ids(await resume(first))).toEqual(['m-3', position]);
  });

  it('that have expired are not claimed to be complete', async () => {
    const position = await broadcast();
    clock.advance(1);
    await broadcast();
    clock.advance(HISTORY_SECONDS * SECOND + MINUTE);
    const young = await broadcast();
    expect(await resume({ ...start, broadcast: position })).toMatchObject({
      recovered: false,
      reason: 'expired',
      frames: [{ message_id: young }],
    });
    expect(await resume({ ...start, broadcast: young })).toMatchObject({ recovered: true });
    expect(await resume(start)).toMatchObject({ recovered: true, frames: [] });
  });

  it('that expired before the position are not missing, although they would be repeated', async () => {
    await broadcast();
    clock.advance(MINUTE);
    const position = broadcastPositionAt(clock.now());
    clock.advance(HISTORY_SECONDS * SECOND - 30 * SECOND);
    expect(await resume({ ...start, broadcast: position })).toMatchObject({ recovered: true, frames: [] });
  });

  it.each(['nonsense', 'zzzzzzzzzzzzzzz', '~', ''])(
    'are left out for %j, which is not a position',
    async (position) => {
      await broadcast();
      expect(await resume({ ...start, broadcast: position })).toMatchObject({ recovered: true, frames: [] });
    },
  );
});

describe('a call that may wait for its client', () => {
  const inMinutes = (minutes: number) => clock.now() + minutes * MINUTE;

  it('is delivered during its hold, and again afterwards while it is pending', async () => {
    await frame('held', { heldUntil: inMinutes(1) }, { deadline: inMinutes(1), answerBy: inMinutes(9) });
    expect(seqs(await resume(start))).toEqual([1]);
    clock.advance(8 * MINUTE);
    expect(seqs(await resume(start))).toEqual([1]);
    clock.advance(1 * MINUTE);
    expect(await resume(start)).toMatchObject({ recovered: true, frames: [], void: [1] });
  });

  it('is delivered after its hold if it was posted in time and missed', async () => {
    await frame('posted', { heldUntil: inMinutes(1) }, { deadline: inMinutes(9), answerBy: inMinutes(9) });
    clock.advance(2 * MINUTE);
    expect(seqs(await resume(start))).toEqual([1]);
  });

  it('is not delivered after its hold, and has expired', async () => {
    const position = await frame(
      'held',
      { heldUntil: inMinutes(1) },
      { deadline: inMinutes(1), answerBy: inMinutes(9) },
    );
    clock.advance(1 * MINUTE);
    expect(await resume(start)).toMatchObject({ recovered: true, frames: [], void: [1] });
    const item = await history.get('a', position);
    expect(item?.call && statusOf(item.call, clock.now())).toBe('expired');
  });
});
