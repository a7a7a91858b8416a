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
  /** Set if broadcasts after the position asked for may have been dropped. */
  hasGap?: true;
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
  const gap = stretches.some(({ hasGap }) => hasGap) && { hasGap: true as const };
  if (room < 0) return { broadcasts: all, hasMore: end !== undefined, ...gap };
  return { broadcasts: all.slice(0, room), hasMore: true, ...gap };
}
