/** Positions: where a frame is in the sequence that one client was sent. */

/** Position of one durable frame. `seq` counts 1, 2, 3 … within its epoch. */
export interface Position {
  /** Changes only if the client's counter was lost. A later epoch sorts after an earlier one. */
  epoch: string;
  seq: number;
}

/** The largest `seq`: stores sort it as 12 digits. */
export const MAX_SEQ = 10 ** 12 - 1;

/**
 * A new epoch: the time in base 36, so that epochs sort by age, and four random characters.
 * @param now  milliseconds since 1970
 */
export function newEpoch(now: number): string {
  return sortableTime(now) + randomText();
}

/** Start of an epoch, in milliseconds since 1970. */
export function epochStart(epoch: string): number {
  return timeOf(epoch);
}

/** A position in the broadcast log; sorts by time, like an epoch. @param now  milliseconds since 1970 */
export function newBroadcastPosition(now: number): string {
  return sortableTime(now) + randomText();
}

/** A position before all broadcasts of a time. @param time  milliseconds since 1970 */
export function broadcastPositionAt(time: number): string {
  return sortableTime(time);
}

/** Milliseconds since 1970; NaN if the text is not a position. */
export function broadcastTime(position: string): number {
  return /^[0-9a-z]{9}([0-9a-z]{4})?$/.test(position) ? timeOf(position) : Number.NaN;
}

const TIME_DIGITS = 9;

function sortableTime(milliseconds: number): string {
  return milliseconds.toString(36).padStart(TIME_DIGITS, '0');
}

function timeOf(text: string): number {
  return Number.parseInt(text.slice(0, TIME_DIGITS), 36);
}

function randomText(): string {
  return Math.floor(Math.random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
}
