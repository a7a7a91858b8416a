import { fingerprint, retired, rotated } from '../../../../cli/keys/rotation';
import { newKey } from '../../../../local/key-file';

const OLD = 'o'.repeat(43);

describe('a rotation', () => {
  it('makes a new key current, and keeps the former one as previous', () => {
    const { current, previous } = rotated({ current: OLD }, 'api-key');
    expect(previous).toBe(OLD);
    expect(current).toMatch(/^[\w-]{43}$/);
    expect(current).not.toBe(OLD);
  });

  it('ends when the previous key is retired, and leaves the current key unchanged', () => {
    const { current, previous } = rotated({ current: OLD }, 'api-key');
    expect(retired({ current, previous }, 'api-key')).toStrictEqual({ current });
  });

  it('is refused while another is under way, because it would cut off the oldest key', () => {
    const underWay = rotated({ current: OLD }, 'api-key');
    expect(() => rotated(underWay, 'api-key')).toThrow(/^api-key: a rotation is under way; retire .*\.$/);
  });

  it('cannot retire a previous key if there is none', () => {
    expect(() => retired({ current: OLD }, 'signing-key')).toThrow(
      'signing-key: there is no previous key; rotate first.',
    );
  });
});

describe('a key', () => {
  it('is random each time, has 256 bits, and needs no quoting', () => {
    const keys = Array.from({ length: 1_000 }, newKey);
    expect(new Set(keys).size).toBe(1_000);
    expect(keys.filter((key) => !/^[\w-]{43}$/.test(key))).toEqual([]);
  });

  it('has a fingerprint that distinguishes it and contains no part of it', () => {
    expect(fingerprint(OLD)).toBe(fingerprint(OLD));
    expect(fingerprint(OLD)).not.toBe(fingerprint(`${OLD}o`));
    expect(fingerprint(OLD)).toMatch(/^[0-9a-f]{8}$/);
  });
});
