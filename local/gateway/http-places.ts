/** The connections that the HTTP port keeps: limited in total and per address. A new one replaces the one that has been idle longest. */
import type { Socket } from 'node:net';
import { Admission, type AdmissionOptions, networkOf } from './admission';
import { plainAddress } from './client-address';

export interface HttpPlacesOptions extends AdmissionOptions {
  /** True for a proxy, whose connections carry requests of many clients: only the total applies to it. */
  isProxy(address: string): boolean;
}

export type HttpPortFull = NonNullable<ReturnType<Admission['enter']>>;

interface Place {
  socket: Socket;
  ends: string;
  /** Undefined for a proxy. */
  address: string | undefined;
  /** Requests that are being served, or wait. */
  requests: number;
}

export class HttpPlaces {
  readonly #isProxy: (address: string) => boolean;
  readonly #admission: Admission;
  /** By the ends of the connection: with TLS, requests come on another socket object than the one that was accepted. */
  readonly #places = new Map<string, Place>();
  /** Those without a request, idle for longest first. */
  readonly #idle = new Set<Place>();

  constructor({ isProxy, ...limits }: HttpPlacesOptions) {
    this.#isProxy = isProxy;
    this.#admission = new Admission(limits);
  }

  /**
   * Takes a place, until the socket closes. If there is none, it closes an idle connection, or this one if none is idle.
   * @returns why it closed one; undefined if there was room
   */
  enter(socket: Socket): HttpPortFull | undefined {
    const peer = plainAddress(socket.remoteAddress ?? '');
    const address = this.#isProxy(peer) ? undefined : peer;
    let reason: HttpPortFull | undefined;
    for (let full = this.#admission.enter(address); full; full = this.#admission.enter(address)) {
      reason = full;
      const idle = this.#longestIdle(full === 'too_many_from_address' ? address : undefined);
      (idle?.socket ?? socket).destroy();
      if (!idle) return reason;
      this.#leave(idle);
    }
    const place = { socket, ends: endsOf(socket), address, requests: 0 };
    this.#places.set(place.ends, place);
    this.#idle.add(place);
    socket.once('close', () => this.#leave(place));
    return reason;
  }

  /** Call it for each request that arrives. */
  begin(socket: Socket): void {
    const place = this.#places.get(endsOf(socket));
    if (!place) return;
    place.requests += 1;
    this.#idle.delete(place);
  }

  /** Call it when a request has been answered. */
  end(socket: Socket): void {
    const place = this.#places.get(endsOf(socket));
    if (!place) return;
    place.requests -= 1;
    if (place.requests === 0) this.#idle.add(place);
  }

  #leave(place: Place): void {
    if (this.#places.get(place.ends) !== place) return;
    this.#places.delete(place.ends);
    this.#idle.delete(place);
    this.#admission.leave(place.address);
  }

  #longestIdle(address: string | undefined): Place | undefined {
    const network = address === undefined ? undefined : networkOf(address);
    for (const place of this.#idle) {
      if (network === undefined || (place.address !== undefined && networkOf(place.address) === network)) return place;
    }
    return undefined;
  }
}

function endsOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}
