/** The features of a browser or Node.js that the library uses. */
import type { WebSocketClass } from './types';

type Listen = (type: string, listener: () => void) => void;

interface Platform {
  WebSocket?: WebSocketClass;
  /** A browser's; Node.js has no such events. */
  addEventListener?: Listen;
  removeEventListener?: Listen;
}

const platform = globalThis as Platform;

/** @throws TypeError if there is none */
export function platformWebSocket(): WebSocketClass {
  if (platform.WebSocket) return platform.WebSocket;
  throw new TypeError('No WebSocket here: pass one as `webSocket`, such as that of the package ws.');
}

/** Calls back when the network is back. */
export const listenOnline = (listener: () => void) => platform.addEventListener?.('online', listener);
export const unlistenOnline = (listener: () => void) => platform.removeEventListener?.('online', listener);

/** A UUID. `crypto.randomUUID` exists on https and localhost only. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
