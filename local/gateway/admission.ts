/** Limits on connections: in total, and per address. */
import type { Socket } from 'node:net';

export interface AdmissionOptions {
  connections: number;
  connectionsPerAddress: number;
}

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #perAddress = new Map<string, number>();
  #count = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * Takes a place, which `leave` gives back.
   * @param address  if undefined, only the total applies
   * @returns the reason if there is none, undefined otherwise
   */
  enter(address: string | undefined): 'too_many_connections' | 'too_many_from_address' | undefined {
    if (this.#count >= this.#options.connections) return 'too_many_connections';
    if (address === undefined) {
      this.#count += 1;
      return undefined;
    }
    const key = networkOf(address);
    const known = this.#perAddress.get(key) ?? 0;
    if (known >= this.#options.connectionsPerAddress) return 'too_many_from_address';
    this.#count += 1;
    this.#perAddress.set(key, known + 1);
    return undefined;
  }

  leave(address: string | undefined): void {
    this.#count -= 1;
    if (address === undefined) return;
    const key = networkOf(address);
    const known = this.#perAddress.get(key) ?? 0;
    if (known > 1) this.#perAddress.set(key, known - 1);
    else this.#perAddress.delete(key);
  }
}

/** An IPv4 address unchanged; the first 64 bits of an IPv6 address, because one subscriber usually has all addresses that share them. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const last = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeroes = tail === undefined ? 0 : 8 - groups.length - last.length;
  return [...groups, ...Array(Math.max(0, zeroes)).fill('0'), ...last].slice(0, 4).join(':');
}

/** Sockets that have not sent a request yet. If there are too many, the oldest is closed: a real client would have sent its request by then. */
export class WaitingRoom {
  readonly #sockets = new Set<Socket>();
  readonly #seats: number;
  readonly #onTurnedOut: (socket: Socket) => void;

  constructor(seats: number, onTurnedOut: (socket: Socket) => void) {
    this.#seats = seats;
    this.#onTurnedOut = onTurnedOut;
  }

  get size(): number {
    return this.#sockets.size;
  }

  enter(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', this.#onClose);
    if (this.#sockets.size <= this.#seats) return;
    const [oldest] = this.#sockets as Iterable<Socket> as [Socket];
    this.leave(oldest);
    this.#onTurnedOut(oldest);
    oldest.destroy();
  }

  /** Call it when the socket has sent a request. */
  leave(socket: Socket): void {
    if (this.#sockets.delete(socket)) socket.off('close', this.#onClose);
  }

  /** One for all sockets: a closure for each would stay as long as the connection. */
  readonly #onClose = closeListener(this.#sockets);
}

function closeListener(sockets: Set<Socket>) {
  return function remove(this: Socket): void {
    sockets.delete(this);
  };
}
