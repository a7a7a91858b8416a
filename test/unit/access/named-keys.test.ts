import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyVerifier, createNamedKeys } from '../../../lambdas/access/named-keys';
import { createMemoryRecords } from '../../../local/memory/memory-records';
import { newFolder, openStores, removeFolders } from '../../support/data-folder';
import { createFakeClock } from '../../support/fake-clock';

afterAll(removeFolders);

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
  it('stays deleted if it is deleted during a rotation', async () => {
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

  it('accepts both new texts if it is rotated twice concurrently', async () => {
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
      return false; // by the retry, which finds its own record
    };
    const rotated = await keys.rotate('acme', 60);
    for (const text of [made?.text, rotated?.text]) expect(await verify(text ?? '')).toMatchObject({ name: 'acme' });
  });

  it('is refused after its end, even if the verifier has it cached', async () => {
    const { clock, records, keys } = setUp();
    const verify = createKeyVerifier({ records, clock });
    const made = await keys.make({ ...NEW, expiresAt: clock.now() + 3_000 });
    expect(await verify(made?.text ?? '')).toMatchObject({ name: 'acme' });
    clock.advance(2_999);
    expect(await verify(made?.text ?? '')).toMatchObject({ name: 'acme' });
    clock.advance(1);
    expect(await verify(made?.text ?? '')).toBeUndefined();
  });

  it('refuses its previous text once the overlap has ended', async () => {
    const { clock, records, keys } = setUp();
    const verify = createKeyVerifier({ records, clock });
    const made = await keys.make(NEW);
    const rotated = await keys.rotate('acme', 3);
    clock.advance(2_999);
    expect(await verify(made?.text ?? '')).toMatchObject({ name: 'acme' });
    clock.advance(1);
    expect(await verify(made?.text ?? '')).toBeUndefined();
    expect(await verify(rotated?.text ?? '')).toMatchObject({ name: 'acme' });
  });

  it('is stored as a hash: neither its text nor its secret appears in the store or in DATA_DIR', async () => {
    const folder = newFolder();
    const { records, clock, close } = await openStores(folder);
    const keys = createNamedKeys({ records, clock });
    const texts = [(await keys.make(NEW))?.text ?? '', (await keys.rotate('acme', 60))?.text ?? ''];
    await createKeyVerifier({ records, clock })(texts[0] ?? '');
    const stored = JSON.stringify([await records.list('key'), await records.list('key_use')]);
    await close();
    const onDisk = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
    expect(onDisk.join('')).toContain('acme');
    for (const text of texts) {
      const [, secret = ''] = text.split('.');
      expect(secret).toHaveLength(43);
      expect(stored).not.toContain(secret);
      expect(onDisk.join('')).not.toContain(secret);
    }
  });

  it('is created even if the response to the write is lost', async () => {
    const { records, keys, verify } = setUp();
    const { put } = records;
    records.put = async (...args) => {
      await put(...args);
      records.put = put;
      return false; // by the retry, which finds its own record
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
