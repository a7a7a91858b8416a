/** A load that keeps a fixed number of messages in flight on each connection: an answer triggers the next message. */
import type { LoadClient } from './load-client';

export interface Rate {
  /** Messages answered so far. */
  answered(): number;
  /** Stops sending, and resolves when everything has been answered. */
  stop(): Promise<void>;
}

/** @param framesOfAnswer  number of frames that answer one message */
export function startRate(
  clients: readonly LoadClient[],
  message: Buffer,
  framesOfAnswer: number,
  inFlight: number,
): Rate {
  const batches = Array.from({ length: inFlight + 1 }, (_, count) => Buffer.concat(Array(count).fill(message)));
  let answered = 0;
  let outstanding = clients.length * inFlight;
  let stopped: (() => void) | undefined;

  function onFrames(frames: number, client: LoadClient): void {
    client.loose += frames;
    if (client.loose < framesOfAnswer) return;
    const answers = Math.floor(client.loose / framesOfAnswer);
    client.loose -= answers * framesOfAnswer;
    answered += answers;
    if (stopped) {
      outstanding -= answers;
      if (outstanding === 0) stopped();
    } else client.send(batches[answers] as Buffer);
  }

  for (const client of clients) {
    client.onFrames = onFrames;
    client.send(batches[inFlight] as Buffer);
  }
  return {
    answered: () => answered,
    stop: () =>
      new Promise((resolve) => {
        stopped = resolve;
      }),
  };
}
