/** Splits a long message into frames that API Gateway accepts. */

/** Bytes in one WebSocket frame. API Gateway closes with 1009 above 32 KB, although a message can have 128 KB. */
const MAX_FRAME_BYTES = 32_000;

export interface Fragment {
  bytes: Buffer;
  last: boolean;
}

export function fragmentsOf(text: string): Fragment[] {
  const bytes = Buffer.from(text);
  const count = Math.max(1, Math.ceil(bytes.length / MAX_FRAME_BYTES)); // an empty message is one empty frame
  return Array.from({ length: count }, (_, index) => ({
    bytes: bytes.subarray(index * MAX_FRAME_BYTES, (index + 1) * MAX_FRAME_BYTES),
    last: index === count - 1,
  }));
}
