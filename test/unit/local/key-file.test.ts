import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { createFileKeys, ensureKeyFile, readKeyFile, writeKeyFile } from '../../../local/key-file';

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

  it('is looked at by a source of keys each time, so that a change counts at once', async () => {
    await ensureKeyFile(path);
    const source = createFileKeys(path, 'signingKey');
    expect(await source.get()).toEqual((await readKeyFile(path)).signingKey);
    await writeKeyFile(path, keys);
    expect(await source.get()).toEqual(keys.signingKey);
    expect(await source.refresh()).toEqual(keys.signingKey);
    expect(await createFileKeys(path, 'apiKey').get()).toEqual(keys.apiKey);
  });

  it('is read again only when it has changed', async () => {
    await ensureKeyFile(path);
    const source = createFileKeys(path, 'apiKey');
    const read = jest.spyOn(fs, 'readFile');
    for (let calls = 0; calls < 100; calls++) await source.get();
    for (let calls = 0; calls < 100; calls++) await source.refresh();
    expect(read).toHaveBeenCalledTimes(1);
    await writeKeyFile(path, keys);
    for (let calls = 0; calls < 100; calls++) expect(await source.get()).toEqual(keys.apiKey);
    expect(read).toHaveBeenCalledTimes(2);
    read.mockRestore();
  });

  it('is not missed by those who have its keys while no file can be opened, and is where it has gone', async () => {
    await writeKeyFile(path, keys);
    const source = createFileKeys(path, 'apiKey');
    await source.get();
    await ensureKeyFile(`${path}.other`);
    renameSync(`${path}.other`, path);
    const read = jest
      .spyOn(fs, 'readFile')
      .mockRejectedValue(Object.assign(new Error('none left'), { code: 'EMFILE' }));
    expect(await source.get()).toEqual(keys.apiKey);
    await expect(createFileKeys(path, 'apiKey').get()).rejects.toThrow('EMFILE');
    read.mockRestore();
    expect(await source.get()).toEqual((await readKeyFile(path)).apiKey);
    rmSync(path);
    await expect(source.get()).rejects.toThrow(`${path} can't be read (ENOENT)`);
  });

  it('is not there at all where there was no room for it, and is made when there is', async () => {
    const script = `import { ensureKeyFile } from './local/key-file'; ensureKeyFile(process.argv[1]!).catch((error) => { console.log(error.message); })`;
    const code = buildSync({
      stdin: { contents: script, resolveDir: join(__dirname, '../../..'), loader: 'ts' },
      ...{ bundle: true, write: false, platform: 'node', format: 'cjs' },
    }).outputFiles[0]?.text;
    const limited = 'trap "" XFSZ; ulimit -f 0; exec "$0" -e "$1" "$2"'; // no file may have a byte
    const { stdout } = spawnSync('bash', ['-c', limited, process.execPath, code ?? '', path], { encoding: 'utf8' });
    expect(stdout).toBe(`${path} can't be made (EFBIG)\n`);
    expect(readdirSync(folder)).toEqual([]);
    expect(await ensureKeyFile(path)).toBe(true);
  });

  it('is made by one of two who start at once, and the other takes it', async () => {
    const made = await Promise.all([ensureKeyFile(path), ensureKeyFile(path)]);
    expect(made.sort()).toEqual([false, true]);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('is taken from a folder that nobody may write to', async () => {
    await writeKeyFile(path, keys);
    const write = jest.spyOn(fs, 'open').mockRejectedValue(Object.assign(new Error('read-only'), { code: 'EROFS' }));
    expect(await ensureKeyFile(path)).toBe(false);
    write.mockRestore();
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
    await expect(readKeyFile(nowhere)).rejects.toThrow(`${nowhere} does not exist. Start a server with AUTH=token`);
  });
});
