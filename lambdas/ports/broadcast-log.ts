/** One stretch of the log of broadcasts, from several lists: that of everybody, and one of each group. */

/** A broadcast in the log, from which a client that was away gets what it missed. */
export interface LoggedBroadcast {
  /** Sorts by time: `newBroadcastPosition`. */
  position: string;
  /** The frame as text. */
  text: string;
  /** The group that it went to; undefined where it went to everybody. */
  group?: string;
  /** Where set, it went only to those members of the group whose first label this is. */
  owner?: string;
}

export interface LogStretch {
  /** By position. */
  broadcasts: LoggedBroadcast[];
  /** Whether there are more beyond the last. */
  hasMore: boolean;
}

/** @param maxCharacters  of frames; one broadcast comes in any case */
export function mergeStretches(stretches: readonly LogStretch[], maxCharacters: number): LogStretch {
  // Beyond the end of a list that has more, another list could have a broadcast that comes later than one still to be read.
  const ends = stretches.flatMap(({ broadcasts, hasMore }) => (hasMore ? [broadcasts.at(-1)?.position ?? ''] : []));
  const end = ends.sort()[0];
  const all = stretches
    .flatMap(({ broadcasts }) => broadcasts)
    .filter(({ position }) => end === undefined || position <= end)
    .sort((one, other) => (one.position < other.position ? -1 : 1));
  let characters = 0;
  const room = all.findIndex(({ text }, at) => {
    characters += text.length;
    return at > 0 && characters > maxCharacters;
  });
  return room < 0 ? { broadcasts: all, hasMore: end !== undefined } : { broadcasts: all.slice(0, room), hasMore: true };
}
