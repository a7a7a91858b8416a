/** Limits of one process, so that it survives any load and stays fair. API Gateway has no such limits that a client can see. */
import { descriptorLimit } from './descriptors';

export interface GatewayBounds {
  /** WebSocket connections, including those whose $connect is still running. Further handshakes are answered 503. */
  connections: number;
  /** The same for one address, or one IPv6 /64 network. Further handshakes are answered 429. */
  connectionsPerAddress: number;
  /** Bytes held for all clients: incomplete and waiting messages, and unread answers. */
  heldBytes: number;
}

/**
 * Each connection takes 6 to 20 KiB of memory. With a heap of 512 MiB, 12,000 connections and the maximum of held bytes, the process stays
 * below 700 MB.
 */
export const DEFAULT_BOUNDS: GatewayBounds = {
  connections: 12_000,
  connectionsPerAddress: 12_000,
  heldBytes: 134_217_728,
};

/** How the file descriptors of this process are divided. */
export interface DescriptorShares {
  connections: number;
  /** Connections to the WebSocket port that have not sent a request yet. */
  waiting: number;
  /** Connections to the HTTP port. */
  http: number;
}

/** @param limit  number of descriptors; some stay free for files and for outgoing connections */
export function shareDescriptors(
  wanted: { connections: number; http: number },
  limit: number = descriptorLimit(),
): DescriptorShares {
  const usable = Math.max(16, Math.floor((limit - 64) * 0.95));
  const waiting = Math.min(2_048, Math.floor(usable / 8));
  const http = Math.min(wanted.http, Math.floor(usable / 4));
  return { connections: Math.min(wanted.connections, usable - waiting - http), waiting, http };
}
