/** One connection with one message under way: how long each answer takes. */
import type { LoadClient } from './load-client';

/** @returns milliseconds of each answer, to its last frame, in order */
export function measureLatency(
  client: LoadClient,
  message: Buffer,
  framesOfAnswer: number,
  count: number,
): Promise<Float64Array> {
  const times = new Float64Array(count);
  return new Promise((resolve) => {
    let index = 0;
    let frames = 0;
    let sentAt = performance.now();
    client.onFrames = (some) => {
      frames += some;
      if (frames < framesOfAnswer) return;
      frames = 0;
      const now = performance.now();
      times[index] = now - sentAt;
      index += 1;
      if (index === count) return resolve(times);
      sentAt = now;
      client.send(message);
    };
    client.send(message);
  });
}
