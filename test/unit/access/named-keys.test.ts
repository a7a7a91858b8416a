import { createKeyVerifier, createNamedKeys } from '../../../lambdas/access/named-keys';
import { createMemoryRecords } from '../../../local/memory/memory-records';
import { createFakeClock } from '../../support/fake-clock';

function setUp() {
  const clock = createFakeClock();
  const records = createMemoryRecords({ clock });
  const dependencies = { records, clock };
  const keys = createNamedKeys(dependencies);
  const verify = (text: string) => createKeyVerifier(dependencies)(text);
  return { clock, records, keys, verify };
}

const NEW = { name: 'acme', scopes: ['read'], labels: [] } as const;

describe('a named key', () => {
  it('that is deleted during a rotation stays deleted', async () => {
    const { records, keys, verify } = setUp();
    const made = await keys.make(NEW);
    const { get } = records;
    records.get = async (...args) => {
      const found = await get(...args);
      await records.delete('key', 'acme');
      return found;
    };
    expect(await keys.rotate('acme', 60)).toBeUndefined();
    records.get = get;
    expect(await keys.list()).toEqual([]);
    expect(await verify(made?.text ?? '')).toBeUndefined();
  });

  it('that is rotated twice concurrently accepts both new texts', async () => {
    const { keys, verify } = setUp();
    await keys.make(NEW);
    const rotated = await Promise.all([keys.rotate('acme', 60), keys.rotate('acme', 60)]);
    for (const one of rotated) expect(await verify(one?.text ?? '')).toMatchObject({ name: 'acme' });
  });

  it('keeps its previous text if the response to the rotation’s write is lost', async () => {
    const { records, keys, verify } = setUp();
    const made = await keys.make(NEW);
    const { put } = records;
    records.put = async (...args) => {
      await put(...args);
      records.put = put;
      return false; // of the retry, which finds its own record
    };
    const rotated = await keys.rotate('acme', 60);
    for (const text of [made?.text, rotated?.text]) expect(await verify(text ?? '')).toMatchObject({ name: 'acme' });
  });

  it('is created if the response to the write is lost', async () => {
    const { records, keys, verify } = setUp();
    const { put } = records;
    records.put = async (...args) => {
      await put(...args);
      records.put = put;
      return false; // of the retry, which finds its own record
    };
    const made = await keys.make(NEW);
    expect(await verify(made?.text ?? '')).toMatchObject({ name: 'acme' });
    expect(await keys.make(NEW)).toBeUndefined();
  });

  it('stays valid if its last use cannot be written', async () => {
    const { records, keys, verify } = setUp();
    const made = await keys.make(NEW);
    records.put = () => Promise.reject(new Error('throttled'));
    expect(await verify(made?.text ?? '')).toMatchObject({ name: 'acme' });
  });
});
