/** Keys for access control: the interface of every key source. */

/** A key that can be rotated. `previous` is accepted during a rotation but no longer used for signing. */
export interface Keys {
  current: string;
  previous?: string;
}

/** Called on each use, so that a rotation needs no restart. */
export interface KeySource {
  /** The keys, possibly from a cache. @throws KeysError */
  get(): Promise<Keys>;

  /** The current keys, for a credential that matches none of those from `get`. @throws KeysError */
  refresh(): Promise<Keys>;
}

/** Keys that cannot be used. The message says where and why, but contains no key material. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}
