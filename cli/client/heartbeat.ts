/** Pings at the pace that a server names, quietly: an idle connection would be closed. */
import type { Received } from './frame';

export interface Heartbeat {
  /** Looks at what arrived; true where it answers one of its own pings, and is nobody else's business. */
  takes(received: Received): boolean;
  stop(): void;
}

/** Seconds; a server that names less or more would be flooded, or overflow a timer. */
const SHORTEST = 1;
const LONGEST = 86_400;

/** @param ping  sends a ping, and gives its `message_id` */
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
