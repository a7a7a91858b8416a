/** Time in the Common Log Format, `24/Nov/2026:14:05:09 +0000`: `requestTime` and `time` of events. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Cache of the last formatted second: all its events have the same text. */
let written = { second: Number.NaN, text: '' };

/** @param milliseconds  since 1970 */
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
