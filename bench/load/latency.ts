/** One connection with one message in flight: how long each answer takes. */
import type { LoadClient } from './load-client';

/**
 * @param count    messages, as long as the seconds last
 * @returns milliseconds of each answer up to its last frame, in order
 */
export function measureLatency(
  client: LoadClient,
  message: Buffer,
  framesOfAnswer: number,
  { count, seconds }: { count: number; seconds: number },
): Promise<Float64Array> {
  const times = new Float64Array(count);
  return new Promise((resolve) => {
    let index = 0;
    let frames = 0;
    let sentAt = performance.now();
    const end = sentAt + seconds * 1_000;
    client.onFrames = (some) => {
      frames += some;
      if (frames < framesOfAnswer) return;
      frames = 0;
      const now = performance.now();
      times[index] = now - sentAt;
      index += 1;
      if (index === count || now > end) return resolve(times.subarray(0, index));
      sentAt = now;
      client.send(message);
    };
    client.send(message);
  });
}
