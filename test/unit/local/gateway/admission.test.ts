import { Admission, networkOf, WaitingRoom } from '../../../../local/gateway/admission';

describe('admission', () => {
  it('takes so many in all, and another when one has left', () => {
    const admission = new Admission({ connections: 2, connectionsPerAddress: 2 });
    expect([admission.enter('a'), admission.enter('b')]).toEqual([undefined, undefined]);
    expect(admission.enter('c')).toBe('too_many_connections');
    admission.leave('a');
    expect(admission.enter('c')).toBeUndefined();
  });

  it('takes so many of one address, whoever else is there', () => {
    const admission = new Admission({ connections: 10, connectionsPerAddress: 2 });
    expect([admission.enter('a'), admission.enter('a'), admission.enter('b')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(admission.enter('a')).toBe('too_many_from_address');
    admission.leave('a');
    expect(admission.enter('a')).toBeUndefined();
  });

  it('takes the addresses of one IPv6 network for one', () => {
    const admission = new Admission({ connections: 10, connectionsPerAddress: 1 });
    expect(admission.enter('2001:db8:1:2::1')).toBeUndefined();
    expect(admission.enter('2001:db8:1:2:ffff::9')).toBe('too_many_from_address');
    expect(admission.enter('2001:db8:1:3::1')).toBeUndefined();
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('knows the network of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

/** A socket as far as a waiting room looks at it. */
function createSocket() {
  const listeners = new Set<(this: unknown) => void>();
  const socket = {
    isDestroyed: false,
    on: (_: string, listener: () => void) => listeners.add(listener),
    off: (_: string, listener: () => void) => listeners.delete(listener),
    destroy() {
      socket.isDestroyed = true;
    },
    close() {
      for (const listener of listeners) listener.call(socket);
    },
    listeners,
  };
  return socket;
}

describe('those that have sent no request', () => {
  it('make room for newcomers, the oldest first', () => {
    const out: unknown[] = [];
    const room = new WaitingRoom(2, (socket) => out.push(socket));
    const sockets = [createSocket(), createSocket(), createSocket()];
    for (const socket of sockets) room.enter(socket as never);
    expect(sockets.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false, false]);
    expect(out).toEqual([sockets[0]]);
  });

  it('are no longer in the way when they have sent one, or have gone; and nobody listens to them then', () => {
    const room = new WaitingRoom(2, () => {});
    const [asked, gone, third, fourth] = [createSocket(), createSocket(), createSocket(), createSocket()];
    for (const socket of [asked, gone]) room.enter(socket as never);
    room.leave(asked as never);
    gone.close();
    for (const socket of [third, fourth]) room.enter(socket as never);
    expect([asked, gone, third, fourth].map(({ isDestroyed }) => isDestroyed)).toEqual([false, false, false, false]);
    expect(asked.listeners.size).toBe(0);
  });
});
