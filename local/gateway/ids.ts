/** Ids in the format of API Gateway, such as `R1kmxc2VNjMCFIA=`. */
import { randomBytes, randomFillSync } from 'node:crypto';

/** 88 bits: base64 with one trailing `=`, as on the platform. */
const ID_BYTES = 11;

/** Random bytes are drawn for many ids at once: each message needs two ids, and a system call costs more than an id. */
const pool = Buffer.alloc(ID_BYTES * 256);
let used = pool.length;

/** Unpredictable; may hold `/` and `+`: percent-encode it in a path. */
export function gatewayId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('base64', used - ID_BYTES, used);
}

/** A trace id as X-Ray has it: `Root=1-{seconds in hex}-{96 bits in hex}`. */
export function traceId(): string {
  const seconds = Math.floor(Date.now() / 1_000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}
