import { Admission, networkOf, WaitingRoom } from '../../../../local/gateway/admission';

describe('admission', () => {
  it('limits the total, and frees a place when a connection leaves', () => {
    const admission = new Admission({ connections: 2, connectionsPerAddress: 2 });
    expect([admission.enter('a'), admission.enter('b')]).toEqual([undefined, undefined]);
    expect(admission.enter('c')).toBe('too_many_connections');
    admission.leave('a');
    expect(admission.enter('c')).toBeUndefined();
  });

  it('limits each address separately', () => {
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

  it('counts the addresses of one IPv6 network together', () => {
    const admission = new Admission({ connections: 10, connectionsPerAddress: 1 });
    expect(admission.enter('2001:db8:1:2::1')).toBeUndefined();
    expect(admission.enter('2001:db8:1:2:ffff::9')).toBe('too_many_from_address');
    expect(admission.enter('2001:db8:1:3::1')).toBeUndefined();
  });

  it('counts clients without an address only in the total', () => {
    const admission = new Admission({ connections: 2, connectionsPerAddress: 1 });
    expect([admission.enter(undefined), admission.enter(undefined)]).toEqual([undefined, undefined]);
    expect(admission.enter(undefined)).toBe('too_many_connections');
    admission.leave(undefined);
    expect(admission.enter(undefined)).toBeUndefined();
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('maps %s to its network', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

/** The part of a socket that a waiting room uses. */
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

describe('sockets that have not sent a request', () => {
  it('are closed to make room for new ones, oldest first', () => {
    const out: unknown[] = [];
    const room = new WaitingRoom(2, (socket) => out.push(socket));
    const sockets = [createSocket(), createSocket(), createSocket()];
    for (const socket of sockets) room.enter(socket as never);
    expect(sockets.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false, false]);
    expect(out).toEqual([sockets[0]]);
  });

  it('leave the waiting room when they send a request or close, and keep no listener', () => {
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
