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

describe('the key file', () => {
  it('is created with two different keys if it is missing, readable only by its owner', async () => {
    expect(await ensureKeyFile(path)).toBe(true);
    expect(modeOf(path)).toBe(0o600);
    const { apiKey, signingKey } = await readKeyFile(path);
    expect(apiKey.current).not.toBe(signingKey.current);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ api_key: apiKey, signing_key: signingKey });
  });

  it('is left unchanged if it exists', async () => {
    await writeKeyFile(path, keys);
    expect(await ensureKeyFile(path)).toBe(false);
    expect(await readKeyFile(path)).toEqual(keys);
  });

  it('is replaced atomically, readable only by its owner whatever its mode was, and leaves no temporary file', async () => {
    await ensureKeyFile(path);
    chmodSync(path, 0o644);
    await writeKeyFile(path, keys);
    expect(await readKeyFile(path)).toEqual(keys);
    expect(modeOf(path)).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('is checked at each use, so that a change takes effect at once', async () => {
    await ensureKeyFile(path);
    const source = createFileKeys(path, 'signingKey');
    expect(await source.get()).toEqual((await readKeyFile(path)).signingKey);
    await writeKeyFile(path, keys);
    expect(await source.get()).toEqual(keys.signingKey);
    expect(await source.refresh()).toEqual(keys.signingKey);
    expect(await createFileKeys(path, 'apiKey').get()).toEqual(keys.apiKey);
  });

  it('is only read again after a change', async () => {
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

  it('keeps serving its cached keys while no file can be opened (EMFILE), but not after it was removed', async () => {
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

  it('is not created, not even in part, if the disk is full, and is created when there is room', async () => {
    const script = `import { ensureKeyFile } from './local/key-file'; ensureKeyFile(process.argv[1]!).catch((error) => { console.log(error.message); })`;
    const code = buildSync({
      stdin: { contents: script, resolveDir: join(__dirname, '../../..'), loader: 'ts' },
      ...{ bundle: true, write: false, platform: 'node', format: 'cjs' },
    }).outputFiles[0]?.text;
    const limited = 'trap "" XFSZ; ulimit -f 0; exec "$0" -e "$1" "$2"'; // no file may grow
    const { stdout } = spawnSync('bash', ['-c', limited, process.execPath, code ?? '', path], { encoding: 'utf8' });
    expect(stdout).toBe(`${path} can't be created (EFBIG)\n`);
    expect(readdirSync(folder)).toEqual([]);
    expect(await ensureKeyFile(path)).toBe(true);
  });

  it('is created by one of two processes that start together, and the other one uses it', async () => {
    const made = await Promise.all([ensureKeyFile(path), ensureKeyFile(path)]);
    expect(made.sort()).toEqual([false, true]);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('is read from a read-only folder', async () => {
    await writeKeyFile(path, keys);
    const write = jest.spyOn(fs, 'open').mockRejectedValue(Object.assign(new Error('read-only'), { code: 'EROFS' }));
    expect(await ensureKeyFile(path)).toBe(false);
    write.mockRestore();
  });

  it.each([
    ['no JSON', 'hunter2', 'is not JSON'],
    ['no object', '["hunter2"]', 'is not a JSON object'],
    ['no api_key', '{"signing_key": {}}', 'api_key is not an object with a current key'],
    ['a short key', '{"api_key": {"current": "hunter2"}}', 'api_key: current is not a text of at least 32 characters'],
  ])('is refused with %s, and the message quotes nothing of its content', async (_, text, message) => {
    writeFileSync(path, text);
    const error = await ensureKeyFile(path).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'KeysError', message: expect.stringContaining(message) });
    expect(error.message).toContain(path);
    expect(error.message).not.toContain('hunter2');
  });

  it('causes an error with the reason if it can’t be read or created', async () => {
    mkdirSync(path);
    await expect(ensureKeyFile(path)).rejects.toThrow(`${path} can't be read (EISDIR)`);
    const nowhere = join(folder, 'no', 'such', 'folder.json');
    await expect(ensureKeyFile(nowhere)).rejects.toThrow(`${nowhere} can't be created (ENOENT)`);
    await expect(readKeyFile(nowhere)).rejects.toThrow(`${nowhere} does not exist. Start a server with AUTH=token`);
  });
});
