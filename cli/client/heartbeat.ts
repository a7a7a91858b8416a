/** Sends pings in the background at the server's heartbeat interval, because the server closes idle connections. */
import type { Received } from './frame';

export interface Heartbeat {
  /** Checks a frame; true if it answers one of its own pings and needs no further handling. */
  takes(received: Received): boolean;
  stop(): void;
}

/** Limits in seconds, so that a wrong value neither floods the server nor overflows a timer. */
const SHORTEST = 1;
const LONGEST = 86_400;

/** @param ping  sends a ping, and returns its `message_id` */
export function createHeartbeat(ping: () => string): Heartbeat {
  const unanswered = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  function begin(seconds: unknown): void {
    if (typeof seconds !== 'number' || !(seconds > 0)) return;
    clearInterval(timer);
    const pace = Math.min(Math.max(seconds, SHORTEST), LONGEST);
    timer = setInterval(() => unanswered.add(ping()), pace * 1_000);
  }

  return {
    takes({ frame }) {
      if (frame?.type === 'connection_established') begin(frame.data.heartbeat_seconds);
      return frame?.replyTo !== undefined && unanswered.delete(frame.replyTo);
    },
    stop: () => clearInterval(timer),
  };
}
