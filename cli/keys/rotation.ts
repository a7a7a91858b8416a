/** The two steps in which a key is changed, so that nobody is cut off between them. */
import { createHash } from 'node:crypto';
import type { Keys } from '../../lambdas/ports/key-source';
import { newKey } from '../../local/key-file';

/** A step that would cut somebody off, or do nothing. Its message is one sentence that says what to do. */
export class RotationError extends Error {
  override readonly name = 'RotationError';
}

/** A new key becomes the current one; the one before stays good. @throws RotationError */
export function rotated({ current, previous }: Keys, name: string): Keys {
  if (previous !== undefined) {
    throw new RotationError(
      `${name}: a rotation is under way; retire the previous key first, or its holders are cut off.`,
    );
  }
  return { current: newKey(), previous: current };
}

/** The previous key is good no longer. @throws RotationError */
export function retired({ current, previous }: Keys, name: string): Keys {
  if (previous === undefined) throw new RotationError(`${name}: there is no previous key; rotate first.`);
  return { current };
}

/** Tells keys apart without telling them. */
export function fingerprint(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}
