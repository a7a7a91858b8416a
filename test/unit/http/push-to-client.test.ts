/** Outcomes of a message to one client: held, posted, acknowledged, or not delivered. */
import { createPushToClient, type PushOptions } from '../../../lambdas/http/push-to-client';
import { ConnectionError } from '../../../lambdas/ports/connections';
import { newUuid } from '../../../lambdas/ports/runtime';
import { encode, frameOf } from '../../../lambdas/protocol/codec';
import { MAX_MESSAGE_BYTES } from '../../../lambdas/protocol/limits';
import { pushedChatMessage } from '../../../lambdas/protocol/server-messages';
import { createFakeClock } from '../../support/fake-clock';
import {
  connectClients,
  connectionOf,
  createRecordingConnections,
  createRecordingLog,
  createTestClients,
  createTestHistory,
} from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';
const connection = connectionOf(clientId);

async function prepare(outcome: () => 'delivered' | 'gone' | Error = () => 'delivered') {
  const [clients, history, clock] = [createTestClients(), createTestHistory(), createFakeClock(Date.now())];
  const [connections, log] = [createRecordingConnections(outcome), createRecordingLog()];
  await connectClients(clients, [clientId]);
  const pushToClient = createPushToClient({ clients, history, connections, clock, newId: newUuid, log });
  return {
    clients,
    history,
    connections,
    clock,
    log,
    push: (options?: PushOptions, to = clientId, content = 'hello') =>
      pushToClient(to, pushedChatMessage(content), options),
    leave: () => clients.disconnect(clientId, connection.connectionId),
    kept: async () => {
      const { position = { epoch: '', seq: 0 } } = (await clients.startPush(clientId, true)) ?? {};
      return (await history.after(clientId, { ...position, seq: 0 }, 1_000_000)).items;
    },
    acknowledge: (acked: number) => clients.receive(connection, new Date().toISOString(), 'transient', { acked }),
  };
}

describe('a push', () => {
  it('has its position in the frame and in the history', async () => {
    const { push, connections, kept } = await prepare();
    await push();
    const { messageId } = await push();
    const [first, second] = connections.posts.map(({ frame }) => frame) as unknown as { epoch: string; seq: number }[];
    expect([first?.seq, second?.seq]).toEqual([1, 2]);
    expect(second?.epoch).toMatch(/^[0-9a-z]{13}$/);
    const items = await kept();
    expect(items.map(({ position }) => position.seq)).toEqual([1, 2]);
    expect(items[1]?.records).toMatchObject([{ messageId, direction: 'out', size: expect.any(Number) }]);
    expect(items[1]?.records[0]).not.toHaveProperty('heldUntil');
  });

  it('takes a new position if its own became void in the meantime', async () => {
    const { push, connections, history, kept } = await prepare();
    const { put } = history;
    jest.spyOn(history, 'put').mockImplementationOnce(async (item) => {
      await history.void(item.clientId, item.position); // a resuming client did not wait for this record
      return put.call(history, item);
    });
    const { delivery } = await push();
    expect(delivery).toBe('posted');
    expect(connections.posts).toMatchObject([{ frame: { seq: 2 } }]);
    expect((await kept()).map(({ position, records }) => [position.seq, records.length])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  it('takes no position if it is too large without one', async () => {
    const { push, clients } = await prepare();
    await expect(push({}, clientId, 'x'.repeat(MAX_MESSAGE_BYTES))).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    expect((await clients.get(clientId))?.position.seq).toBe(0);
  });

  it('voids its position if it is too large with it', async () => {
    const { push, kept, connections } = await prepare();
    const empty = encode(frameOf(pushedChatMessage(''), newUuid(), new Date().toISOString()));
    const content = 'x'.repeat(MAX_MESSAGE_BYTES - empty.length);
    await expect(push({}, clientId, content)).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(connections.posts).toEqual([]);
    expect((await kept()).map(({ records }) => records)).toEqual([[]]);
  });
});

describe('a push that may be held', () => {
  it('is posted to a connected client, and stores when its hold ends', async () => {
    const { push, clock, kept } = await prepare();
    expect(await push({ holdSeconds: 60 })).toMatchObject({ delivery: 'posted' });
    expect((await kept())[0]?.records).toMatchObject([{ heldUntil: clock.now() + 60_000 }]);
  });

  it('is held for an offline client', async () => {
    const { push, leave, connections, clock, kept } = await prepare();
    await leave();
    const { messageId, delivery } = await push({ holdSeconds: 60 });
    expect(delivery).toBe('held');
    expect(connections.posts).toEqual([]);
    expect(await kept()).toMatchObject([{ records: [{ messageId, heldUntil: clock.now() + 60_000 }] }]);
  });

  it('of a call expires after its hold, or at its own deadline if that is earlier', async () => {
    const { push, leave, clock, kept } = await prepare();
    const deadline = clock.now() + 90_000;
    await push({ holdSeconds: 60, deadline });
    await leave();
    await push({ holdSeconds: 60, deadline });
    await push({ holdSeconds: 600, deadline });
    const deadlines = (await kept()).map(({ call }) => [call?.deadline, call?.answerBy]);
    expect(deadlines).toEqual([
      [deadline, deadline],
      [clock.now() + 60_000, deadline],
      [deadline, deadline],
    ]);
  });

  it('calls onHeld only if the post finds the client gone', async () => {
    const onHeld = jest.fn(async () => {});
    const { push, clock, kept, leave } = await prepare(() => 'gone');
    await push({ holdSeconds: 60, onHeld });
    await leave();
    await push({ holdSeconds: 60, onHeld });
    const [first] = await kept();
    expect(onHeld.mock.calls).toEqual([[first?.position, clock.now() + 60_000]]);
  });

  it('is held for a client that the post finds gone', async () => {
    const { push, clients, kept } = await prepare(() => 'gone');
    expect(await push({ holdSeconds: 60, waitSeconds: 10 })).toMatchObject({ delivery: 'held' });
    expect(await clients.get(clientId)).toBeUndefined();
    expect(await kept()).toHaveLength(1);
  });

  it('is client_not_found if the client is unknown', async () => {
    const { push, history } = await prepare();
    const stranger = newUuid();
    await expect(push({ holdSeconds: 60 }, stranger)).rejects.toMatchObject({ code: 'client_not_found' });
    expect((await history.page(stranger, { limit: 10 })).rows).toEqual([]);
  });

  it('is removed if the platform refuses it', async () => {
    const { push, kept } = await prepare(() => new ConnectionError('throttled'));
    await expect(push({ holdSeconds: 60 })).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await kept()).toEqual([]);
  });

  it.each([undefined, null])(
    'is client_not_found without a hold (%s) if the client is offline',
    async (holdSeconds) => {
      const { push, leave, kept } = await prepare();
      await leave();
      await expect(push({ holdSeconds })).rejects.toMatchObject({ code: 'client_not_found' });
      expect(await kept()).toEqual([]);
    },
  );
});

describe('a push whose caller waits', () => {
  it('is acknowledged once the client has acknowledged its position', async () => {
    const { push, clock, acknowledge } = await prepare();
    const { sleep } = clock;
    clock.sleep = async (milliseconds) => {
      await sleep(milliseconds);
      if (clock.slept.length === 3) await acknowledge(1);
    };
    expect(await push({ waitSeconds: 10 })).toMatchObject({ delivery: 'acknowledged' });
    expect(clock.slept).toEqual([60, 60, 60]);
  });

  it('is posted if the client does not acknowledge it in time, and polls less and less often', async () => {
    const { push, clock, clients } = await prepare();
    const begun = clock.now();
    const get = jest.spyOn(clients, 'get');
    expect(await push({ waitSeconds: 25 })).toMatchObject({ delivery: 'posted' });
    expect(clock.now() - begun).toBe(25_000);
    expect(clock.slept.slice(0, 10)).toEqual([60, 60, 60, 60, 60, 60, 60, 63, 72, 83]);
    expect(Math.max(...clock.slept)).toBe(1_000);
    expect(get.mock.calls.length).toBeLessThan(50);
  });

  it('is not acknowledged by an earlier acknowledgement', async () => {
    const { push, acknowledge } = await prepare();
    await push();
    await acknowledge(1);
    expect(await push({ waitSeconds: 1 })).toMatchObject({ delivery: 'posted' });
  });

  it('is not acknowledged by a position of another epoch', async () => {
    const { push, clients } = await prepare();
    const { get } = clients;
    clients.get = async (id) => {
      const client = await get(id);
      return client && { ...client, position: { epoch: 'another', seq: 9 }, ackedSeq: 9 };
    };
    expect(await push({ waitSeconds: 1 })).toMatchObject({ delivery: 'posted' });
  });

  it('does not wait for a client that has left', async () => {
    const { push, clock, leave } = await prepare();
    const { sleep } = clock;
    clock.sleep = async (milliseconds) => {
      await sleep(milliseconds);
      await leave();
    };
    expect(await push({ waitSeconds: 25 })).toMatchObject({ delivery: 'posted' });
    expect(clock.slept).toEqual([60]);
  });

  it('costs no read if the caller does not wait', async () => {
    const { push, clients } = await prepare();
    const get = jest.spyOn(clients, 'get');
    await push();
    expect(get).not.toHaveBeenCalled();
  });
});
