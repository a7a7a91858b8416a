/** One stretch of the broadcast log, merged from several lists: broadcasts to everybody, and one list per group. */

/** A logged broadcast, for clients that were away. */
export interface LoggedBroadcast {
  /** Sorts by time, see `newBroadcastPosition`. */
  position: string;
  /** The frame as text. */
  text: string;
  /** The group that received it; undefined for everybody. */
  group?: string;
  /** If set, only group members whose first label this is received it. */
  owner?: string;
}

export interface LogStretch {
  /** Sorted by position. */
  broadcasts: LoggedBroadcast[];
  /** Whether there are more after the last. */
  hasMore: boolean;
}

/**
 * @param maxCharacters  limit for the frames; the first broadcast is always returned
 */
export function mergeStretches(stretches: readonly LogStretch[], maxCharacters: number): LogStretch {
  // After the end of an incomplete list, other lists may have broadcasts that are newer than its unread ones.
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
