/** Positions: where a frame stands in what one client was sent. */

/** The place of one durable frame. `seq` counts 1, 2, 3 … within its epoch. */
export interface Position {
  /** Begins anew only where the client's counter is lost. A later epoch sorts after an earlier one. */
  epoch: string;
  seq: number;
}

/** The largest `seq`: stores sort it by 12 digits. */
export const MAX_SEQ = 10 ** 12 - 1;

/**
 * An epoch for a client that has none: the time in base 36, so that epochs sort by age, and four random characters.
 * @param now  milliseconds since 1970
 */
export function newEpoch(now: number): string {
  return sortableTime(now) + randomText();
}

/** When an epoch began, milliseconds since 1970. */
export function epochStart(epoch: string): number {
  return timeOf(epoch);
}

/** A position in the log of broadcasts: like an epoch, it sorts by time. @param now  milliseconds since 1970 */
export function newBroadcastPosition(now: number): string {
  return sortableTime(now) + randomText();
}

/** Before all broadcasts of a time. @param time  milliseconds since 1970 */
export function broadcastPositionAt(time: number): string {
  return sortableTime(time);
}

/** Milliseconds since 1970; NaN for a text that is no position. */
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
