/** What one process takes on at most, so that it stays alive and fair whatever is done to it. The platform has no such bounds to a client's eye. */
import { descriptorLimit } from './descriptors';

export interface GatewayBounds {
  /** WebSocket connections, those included whose $connect still runs. More are answered 503. */
  connections: number;
  /** The same of one address, or of one IPv6 network of 64 bits. More are answered 429. */
  connectionsPerAddress: number;
  /** Bytes held for all clients: messages that have not come whole or wait for their turn, and answers that nobody has read. */
  heldBytes: number;
}

/**
 * Each connection takes 6 to 20 KiB of memory. With a heap of 512 MiB, 12,000 of them and all the bytes held that may be,
 * the process stays below 700 MB.
 */
export const DEFAULT_BOUNDS: GatewayBounds = {
  connections: 12_000,
  connectionsPerAddress: 12_000,
  heldBytes: 134_217_728,
};

/** What the file descriptors of this process are for. */
export interface DescriptorShares {
  connections: number;
  /** Connections to the WebSocket port that have not sent a request yet. */
  waiting: number;
  /** Connections to the HTTP port. */
  http: number;
}

/** @param limit  of descriptors; a part stays free for files, and for connections that the process makes itself */
export function shareDescriptors(wanted: number, limit: number = descriptorLimit()): DescriptorShares {
  const usable = Math.max(16, Math.floor((limit - 64) * 0.95));
  const waiting = Math.min(2_048, Math.floor(usable / 8));
  const http = Math.min(2_048, Math.floor(usable / 4));
  return { connections: Math.min(wanted, usable - waiting - http), waiting, http };
}
