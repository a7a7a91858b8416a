/** Looks at a handshake before any handler is called, and refuses those that are none, are not wanted, or are too many. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Admission } from './admission';
import type { GatewayBounds } from './bounds';
import type { Caller, ReadCaller } from './client-address';
import { isHandshake, isVersion13, refuse, type UpgradeRequest, wantsWebSocket } from './handshake';
import type { Refusals } from './refusals';

export interface DoorkeeperOptions {
  bounds: GatewayBounds;
  refusals: Refusals;
  readCaller: ReadCaller;
  /** True for a handshake of a web page that may not connect. */
  isForeignPage(request: IncomingMessage): boolean;
  /** What a plain HTTP request to this port is told. */
  plainAnswer(request: IncomingMessage): object;
}

/**
 * Checks a handshake. The connection counts against the limits until its socket closes.
 * @returns the caller, or undefined if the handshake was refused
 */
export type LetIn = (upgrade: UpgradeRequest) => Caller | undefined;

/** Seconds after which a client that was refused may try again. */
const RETRY_AFTER = { 429: '30', 503: '5' };

const FULL = {
  too_many_connections: 'Too many connections',
  too_many_from_address: 'Too many connections from this address',
};

export function createDoorkeeper(options: DoorkeeperOptions): LetIn {
  const { bounds, refusals, readCaller } = options;
  const admission = new Admission(bounds);
  /** Of each socket that has a place; one listener for all takes less memory than one for each. */
  const addressOf = new WeakMap<Duplex, string>();

  function leave(this: Duplex): void {
    admission.leave(addressOf.get(this) as string);
  }

  return function letIn({ request, socket }) {
    if (!wantsWebSocket(request)) {
      refuse(socket, 426, { headers: { Upgrade: 'websocket' }, body: options.plainAnswer(request) });
      return undefined;
    }
    if (!isVersion13(request)) {
      refuse(socket, 426, { headers: { 'Sec-WebSocket-Version': '13' } });
      return undefined;
    }
    if (!isHandshake(request)) {
      refuse(socket, 400);
      return undefined;
    }
    const caller = readCaller(request);
    const { address: sourceIp } = caller;
    if (options.isForeignPage(request)) {
      const { origin = '', host = '' } = request.headers;
      refusals.add('foreign_page', { sourceIp, origin, host });
      refuse(socket, 403, { body: { message: 'Origin not allowed' } });
      return undefined;
    }
    const full = admission.enter(sourceIp);
    if (full) {
      const status = full === 'too_many_connections' ? 503 : 429;
      refusals.add(full, { sourceIp });
      refuse(socket, status, { headers: { 'Retry-After': RETRY_AFTER[status] }, body: { message: FULL[full] } });
      return undefined;
    }
    addressOf.set(socket, sourceIp);
    socket.on('close', leave);
    return caller;
  };
}
