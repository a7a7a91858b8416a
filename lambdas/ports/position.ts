/** Positions: where a frame stands in what one client was sent. */

/** The place of one durable frame. `seq` counts 1, 2, 3 … within its epoch. */
export interface Position {
  /** Begins anew only where the client's counter is lost. A later epoch sorts after an earlier one. */
  epoch: string;
  seq: number;
}

/**
 * An epoch for a client that has none: the time in base 36, so that epochs sort by age, and four random characters.
 * @param now  milliseconds since 1970
 */
export function newEpoch(now: number): string {
  const random = Math.floor(Math.random() * 36 ** 4);
  return now.toString(36).padStart(9, '0') + random.toString(36).padStart(4, '0');
}
