/** The keys of access control, and where they come from: the interface that every source fulfils. */

/** One key that can be rotated. `previous` is accepted during a rotation, but nothing new is signed with it. */
export interface Keys {
  current: string;
  previous?: string;
}

/** Asked on each use, so that a rotation needs no restart. */
export interface KeySource {
  /** The keys, possibly from a cache. @throws KeysError */
  get(): Promise<Keys>;

  /** The keys as they are now: for a credential that matches none of those from `get`. @throws KeysError */
  refresh(): Promise<Keys>;
}

/** Keys that cannot be used. The message says where and why, and nothing of their contents. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}
