import { fingerprint, retired, rotated } from '../../../../cli/keys/rotation';
import { newKey } from '../../../../local/key-file';

const OLD = 'o'.repeat(43);

describe('a rotation', () => {
  it('makes a new key current, and keeps the one before as previous', () => {
    const { current, previous } = rotated({ current: OLD }, 'api-key');
    expect(previous).toBe(OLD);
    expect(current).toMatch(/^[\w-]{43}$/);
    expect(current).not.toBe(OLD);
  });

  it('ends with the previous key retired, and the current one as it was', () => {
    const { current, previous } = rotated({ current: OLD }, 'api-key');
    expect(retired({ current, previous }, 'api-key')).toStrictEqual({ current });
  });

  it('is refused while one is under way: the oldest key would be cut off', () => {
    const underWay = rotated({ current: OLD }, 'api-key');
    expect(() => rotated(underWay, 'api-key')).toThrow(/^api-key: a rotation is under way; retire .*\.$/);
  });

  it('has nothing to retire where there was none', () => {
    expect(() => retired({ current: OLD }, 'signing-key')).toThrow(
      'signing-key: there is no previous key; rotate first.',
    );
  });
});

describe('a key', () => {
  it('is a new one each time, of 256 bits, in characters that need no quoting', () => {
    const keys = Array.from({ length: 1_000 }, newKey);
    expect(new Set(keys).size).toBe(1_000);
    expect(keys.filter((key) => !/^[\w-]{43}$/.test(key))).toEqual([]);
  });

  it('has a fingerprint that tells it from others, and holds no part of it', () => {
    expect(fingerprint(OLD)).toBe(fingerprint(OLD));
    expect(fingerprint(OLD)).not.toBe(fingerprint(`${OLD}o`));
    expect(fingerprint(OLD)).toMatch(/^[0-9a-f]{8}$/);
  });
});
