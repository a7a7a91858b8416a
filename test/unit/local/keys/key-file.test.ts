import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileKeys, ensureKeyFile, readKeyFile, writeKeyFile } from '../../../../local/keys/key-file';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-keys-'));
  path = join(folder, 'keys.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (file: string) => statSync(file).mode & 0o777;
const keys = { apiKey: { current: 'a'.repeat(32) }, signingKey: { current: 's'.repeat(32), previous: 'p'.repeat(32) } };

describe('the file of keys', () => {
  it('is made with two different keys where there is none, for its owner alone', async () => {
    expect(await ensureKeyFile(path)).toBe(true);
    expect(modeOf(path)).toBe(0o600);
    const { apiKey, signingKey } = await readKeyFile(path);
    expect(apiKey.current).not.toBe(signingKey.current);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ api_key: apiKey, signing_key: signingKey });
  });

  it('stays as it is where there is one', async () => {
    await writeKeyFile(path, keys);
    expect(await ensureKeyFile(path)).toBe(false);
    expect(await readKeyFile(path)).toEqual(keys);
  });

  it('is replaced as a whole, for its owner alone whatever it was before, and leaves nothing beside it', async () => {
    await ensureKeyFile(path);
    chmodSync(path, 0o644);
    await writeKeyFile(path, keys);
    expect(await readKeyFile(path)).toEqual(keys);
    expect(modeOf(path)).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('is read by a source of keys each time, so that a change counts at once', async () => {
    await ensureKeyFile(path);
    const source = createFileKeys(path, 'signingKey');
    expect(await source.get()).toEqual((await readKeyFile(path)).signingKey);
    await writeKeyFile(path, keys);
    expect(await source.get()).toEqual(keys.signingKey);
    expect(await source.refresh()).toEqual(keys.signingKey);
    expect(await createFileKeys(path, 'apiKey').get()).toEqual(keys.apiKey);
  });

  it.each([
    ['no JSON', 'hunter2', 'is not JSON'],
    ['no object', '["hunter2"]', 'is no JSON object'],
    ['no api_key', '{"signing_key": {}}', 'api_key is no object with a current key'],
    ['a short key', '{"api_key": {"current": "hunter2"}}', 'api_key: current is no text of 32 characters or more'],
  ])('that has %s is refused with what is wrong, and nothing of what is there', async (_, text, message) => {
    writeFileSync(path, text);
    const error = await ensureKeyFile(path).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'KeysError', message: expect.stringContaining(message) });
    expect(error.message).toContain(path);
    expect(error.message).not.toContain('hunter2');
  });

  it('that can’t be read or made is refused with the reason', async () => {
    mkdirSync(path);
    await expect(ensureKeyFile(path)).rejects.toThrow(`${path} can't be read (EISDIR)`);
    const nowhere = join(folder, 'no', 'such', 'folder.json');
    await expect(ensureKeyFile(nowhere)).rejects.toThrow(`${nowhere} can't be made (ENOENT)`);
    await expect(readKeyFile(nowhere)).rejects.toThrow(`${nowhere} can't be read (ENOENT)`);
  });
});
