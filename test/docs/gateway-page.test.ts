/** docs/gateway.md: its program runs with `local/gateway/` alone. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfTree, pathOf, removeCopy, writeFile } from '../support/changes';
import { call } from '../support/http';
import { type Block, blocksOf, codeIn, tablesOf } from '../support/markdown';
import { endPrograms, startProgram } from '../support/program';
import { ROOT, readMarkdown } from '../support/readme';
import { TestClient } from '../support/test-client';

const page = readMarkdown('docs/gateway.md');
const [program, ...others] = blocksOf(page) as [Block, ...Block[]];
const path = pathOf(program);

let folder: string;

beforeAll(() => {
  folder = copyOfTree(ROOT, ['local/gateway', 'tsconfig.json']);
  writeFile(folder, { ...program, code: program.code.replace(/\b900[45]\b/g, '0') });
  writeFileSync(join(folder, 'tsconfig.program.json'), JSON.stringify({ extends: './tsconfig.json', include: ['.'] }));
});

afterEach(endPrograms);

afterAll(() => removeCopy(folder));

it('has one program', () => {
  expect(others).toEqual([]);
  expect(existsSync(join(folder, 'lambdas'))).toBe(false);
});

it('type-checks', () => {
  const { status, stdout } = spawnSync('node_modules/.bin/tsc', ['--noEmit', '-p', 'tsconfig.program.json'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

it('answers on both of its ports', async () => {
  expect(page).toContain(`\`npx tsx ${path}\``);
  const { shows } = startProgram('npx', ['tsx', path], { cwd: folder });
  const output = await shows('connectionsUrl');
  const [, webSocketUrl = ''] = /webSocketUrl: '(.+)'/.exec(output) ?? [];
  const [, httpUrl = ''] = /httpUrl: '(.+)'/.exec(output) ?? [];
  const client = await TestClient.open(webSocketUrl);
  const answered = new Promise((resolve) => client.socket.once('message', (text) => resolve(String(text))));
  client.socket.send('"quiet"');
  expect(await answered).toBe('"QUIET"');
  expect((await call('GET', `${httpUrl}/hello`)).body).toBe('Hello, World');
  await client.close();
});

it('names existing options', () => {
  const files = ['gateway.ts', 'http-server.ts'].map((name) => readFileSync(join(ROOT, 'local/gateway', name), 'utf8'));
  const source = files.join('\n');
  const names = (tablesOf(page)[0] ?? []).slice(1).flatMap(([option = '']) => codeIn(option));
  const missing = names.filter((name) => !new RegExp(`\\b${name.split('.').at(-1)}\\??(: |\\()`).test(source));
  expect(missing).toEqual([]);
});
