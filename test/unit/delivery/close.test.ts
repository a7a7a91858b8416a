import { createClose } from '../../../lambdas/delivery/close';
import { ConnectionError } from '../../../lambdas/ports/connections';
import { isoTime, newUuid } from '../../../lambdas/ports/runtime';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingConnections } from '../../support/fakes';

type Answer = 'delivered' | 'gone' | Error;

/** @param age  of the connection, in milliseconds */
function prepare(answer: (elapsed: number) => Answer, age = 600_000) {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const connections = createRecordingConnections(() => answer(clock.now() - startedAt));
  const close = createClose({ connections, clock, newId: newUuid });
  const connection = { connectionId: 'c', connectedAt: isoTime(startedAt - age) };
  return { clock, connections, close: () => close(connection, 'replaced') };
}

describe('closing a connection', () => {
  it('tells the client why, then closes', async () => {
    const { close, connections } = prepare(() => 'delivered');
    await close();
    expect(connections.posts).toMatchObject([
      { connectionId: 'c', frame: { type: 'connection_closing', data: { reason: 'replaced' } } },
    ]);
    expect(connections.closed).toEqual(['c']);
  });

  it('closes a client that does not read the reason', async () => {
    const { connections, close } = prepare(() => 'delivered');
    connections.post = () => Promise.reject(new ConnectionError('throttled'));
    await close();
    expect(connections.closed).toEqual(['c']);
  });

  it('tries once for an old connection that is gone', async () => {
    const { close, connections, clock } = prepare(() => 'gone');
    await close();
    expect(connections.posts).toHaveLength(1);
    expect(clock.slept).toEqual([]);
    expect(connections.closed).toEqual(['c']);
  });

  it('waits for a young connection until it is open', async () => {
    const { close, connections, clock } = prepare((elapsed) => (elapsed < 100 ? 'gone' : 'delivered'), 0);
    await close();
    expect(clock.slept).toEqual([20, 40, 80]);
    expect(connections.closed).toEqual(['c']);
  });

  it('gives up on a young connection after 5 seconds, and closes it anyway', async () => {
    const { close, connections, clock } = prepare(() => 'gone', 0);
    await close();
    expect(clock.slept.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThanOrEqual(5_000);
    expect(connections.closed).toEqual(['c']);
  });

  it('fails if the close itself fails', async () => {
    const { close } = prepare(() => new ConnectionError('forbidden'));
    await expect(close()).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('closes again if the platform wrongly reports the connection as gone', async () => {
    const { connections, close } = prepare(() => 'delivered');
    const answers = ['gone', 'closed'] as const;
    let closes = 0;
    connections.close = async () => answers[closes++] ?? 'gone';
    connections.isOpen = async () => closes < 2;
    await close();
    expect(closes).toBe(2);
  });

  it('does not treat our own errors as a client that does not read', async () => {
    const mistake = new TypeError('not a function');
    const { close, connections } = prepare(() => mistake);
    await expect(close()).rejects.toBe(mistake);
    expect(connections.closed).toEqual([]);
  });
});
