/** Ids and times of events in the formats of API Gateway. */
import { randomFillSync } from 'node:crypto';

/** 88 bits: base64 with one trailing `=`, as on the platform. */
const ID_BYTES = 11;

/** 96 bits, as in a trace id of X-Ray. */
const TRACE_BYTES = 12;

/** Random bytes are drawn for many ids at once: each message needs two ids, and a system call costs more than an id. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

function randomText(bytes: number, encoding: 'base64' | 'hex'): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString(encoding, used - bytes, used);
}

/** An id such as `R1kmxc2VNjMCFIA=`. Unpredictable; may hold `/` and `+`: percent-encode it in a path. */
export function gatewayId(): string {
  return randomText(ID_BYTES, 'base64');
}

/** A trace id as X-Ray has it: `Root=1-{seconds in hex}-{96 bits in hex}`. */
export function traceId(): string {
  const seconds = Math.floor(Date.now() / 1_000).toString(16);
  return `Root=1-${seconds}-${randomText(TRACE_BYTES, 'hex')}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Cache of the last formatted second: all its events have the same text. */
let written = { second: Number.NaN, text: '' };

/**
 * Time in the Common Log Format, `24/Nov/2026:14:05:09 +0000`: `requestTime` and `time` of events.
 * @param milliseconds  since 1970
 */
export function clfTime(milliseconds: number): string {
  const second = Math.floor(milliseconds / 1_000);
  if (second !== written.second) written = { second, text: textOf(new Date(milliseconds)) };
  return written.text;
}

function textOf(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${two(time.getUTCDate())}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  return `${date}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`;
}
