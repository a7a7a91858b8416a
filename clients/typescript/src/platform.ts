/** The features of a browser or Node.js that the library uses. */
import type { Unsubscribe, WebSocketClass } from './types';

type Listen = (type: string, listener: () => void) => void;

interface Platform {
  WebSocket?: WebSocketClass;
  /** In browsers; Node.js has no such events. */
  addEventListener?: Listen;
  removeEventListener?: Listen;
}

const platform = globalThis as Platform;

/** @throws TypeError if there is none */
export function platformWebSocket(): WebSocketClass {
  if (platform.WebSocket) return platform.WebSocket;
  throw new TypeError(
    'No WebSocket here: pass one as `webSocket`, such as that of the package ws, or start Node.js 20 with --experimental-websocket.',
  );
}

/** Milliseconds between checks of the two clocks, and how far the time of day must be ahead to indicate that the machine slept. */
const LOOK_MS = 5_000;
const SLEPT_MS = 10_000;

/** Calls back when the network is back, and when the machine has slept. @returns stops it */
export function watchAwake(awake: () => void): Unsubscribe {
  const ahead = () => Date.now() - performance.now(); // the monotonic clock may stand still during a sleep
  let before = ahead();
  const look = () => {
    const slept = ahead() - before > SLEPT_MS;
    before = ahead();
    if (slept) awake();
  };
  const timer = setInterval(look, LOOK_MS);
  (timer as { unref?(): void }).unref?.(); // lets a Node.js program exit
  platform.addEventListener?.('online', awake);
  return () => {
    clearInterval(timer);
    platform.removeEventListener?.('online', awake);
  };
}

/** A UUID. `crypto.randomUUID` only exists on https and localhost. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
