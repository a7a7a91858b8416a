/** The two steps of a key rotation, which lock nobody out. */
import { createHash } from 'node:crypto';
import type { Keys } from '../../lambdas/ports/key-source';
import { newKey } from '../../local/key-file';

/** A step that would lock somebody out, or do nothing. The message is one sentence that says what to do. */
export class RotationError extends Error {
  override readonly name = 'RotationError';
}

/** Makes a new key the current one; the previous one stays valid. @throws RotationError */
export function rotated({ current, previous }: Keys, name: string): Keys {
  if (previous !== undefined) {
    throw new RotationError(
      `${name}: a rotation is under way; retire the previous key first, or its holders are cut off.`,
    );
  }
  return { current: newKey(), previous: current };
}

/** Invalidates the previous key. @throws RotationError */
export function retired({ current, previous }: Keys, name: string): Keys {
  if (previous === undefined) throw new RotationError(`${name}: there is no previous key; rotate first.`);
  return { current };
}

/** A fingerprint that identifies a key without revealing it. */
export function fingerprint(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}
