/** What the README says one can add, added to a copy of the tree: it passes the gate's checks, and does what it says. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyDiff, copyOfTree, hunksOf, pathOf, removeCopy, writeNewFile } from '../support/changes';
import { startChildServer } from '../support/child-server';
import { call } from '../support/http';
import type { Block } from '../support/markdown';
import { endPrograms, startProgram } from '../support/program';
import { CHANGE_LANGUAGES, README, ROOT, readMarkdown, readmeBlocks } from '../support/readme';
import { TestClient } from '../support/test-client';

jest.setTimeout(60_000); // type-checks a whole tree, on machines that are busy

const [sources, diffs] = CHANGE_LANGUAGES.map((language) => readmeBlocks([language])) as [Block[], Block[]];
/** New files of the tree, and a program beside it. */
const files = sources.filter((block) => pathOf(block).includes('/'));
const programs = sources.filter((block) => !pathOf(block).includes('/'));

let folder: string;
/** Files in the copy that the README has made or changed. */
let touched: string[];

/** A command in the copy, which is to end without a complaint. */
function passes(command: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

afterEach(endPrograms);

describe('a message type, a tool and an HTTP call, added as the README says', () => {
  let server: Awaited<ReturnType<typeof startChildServer>>;

  beforeAll(async () => {
    folder = copyOfTree(ROOT);
    touched = [
      ...files.map((block) => writeNewFile(folder, block)),
      ...diffs.flatMap((block) => applyDiff(folder, block)),
    ];
    server = await startChildServer({ cwd: folder });
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    await server?.exit;
    removeCopy(folder);
  });

  it('are all there is to add', () => {
    expect(files.map(pathOf)).toEqual(['lambdas/messages/rating.ts', 'lambdas/tools/roll-dice.ts']);
    expect(diffs).toHaveLength(3);
    expect(programs.map(pathOf)).toEqual(['shout.ts']);
  });

  it('pass the checks of types, style and import rules', () => {
    expect(touched).toEqual(expect.arrayContaining(['lambdas/messages/rating.ts', 'lambdas/routes.ts']));
    passes('npm', 'run', '--silent', 'types');
    passes('npm', 'run', '--silent', 'imports');
    passes('npx', 'biome', 'ci', '--error-on-warnings', ...touched);
  });

  it('the message is answered, kept, and refused where it is wrong', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const answer = await client.ask({ type: 'rating', data: { stars: 5 }, message_id: 'r1' });
    expect(answer).toMatchObject({ type: 'rating_received', data: { stars: 5 }, reply_to: 'r1' });
    const refused = await client.ask({ type: 'rating', data: { stars: 6 } });
    expect(refused).toMatchObject({
      type: 'error',
      data: { code: 'invalid_message', details: [{ path: 'data.stars' }] },
    });
    const { body } = await call('GET', `${server.httpUrl}/clients/${client.clientId}/messages`);
    expect(body.messages.map(({ type }: { type: string }) => type)).toEqual(['rating_received', 'rating']);
    await client.close();
  });

  it('the tool runs, and says what it takes', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const ask = (params: object) => client.ask({ type: 'tool_call', data: { tool_name: 'roll_dice', params } });
    const { data } = await ask({ dice: 3 });
    expect(data).toEqual({
      tool_name: 'roll_dice',
      params: { dice: 3 },
      result: expect.any(Array),
      status: 'completed',
    });
    expect(data.result.filter((eyes: number) => [1, 2, 3, 4, 5, 6].includes(eyes))).toHaveLength(3);
    expect((await ask({ dice: 11 })).data).toMatchObject({ status: 'failed', error: { code: 'invalid_params' } });
    await client.close();
  });

  it('the call answers, and knows who is not there', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { status, body } = await call('GET', `${server.httpUrl}/clients/${client.clientId}/idle`);
    expect({ status, body }).toEqual({ status: 200, body: { idle_seconds: expect.any(Number) } });
    await client.close();
    expect(await call('GET', `${server.httpUrl}/clients/nobody/idle`)).toMatchObject({
      status: 404,
      body: { code: 'client_not_found' },
    });
  });

  it('are in both descriptions', async () => {
    const asyncApi = (await call('GET', `${server.httpUrl}/asyncapi.json`)).body;
    expect(Object.keys(asyncApi.components.messages)).toEqual(
      expect.arrayContaining(['client_rating', 'server_rating_received']),
    );
    const openApi = (await call('GET', `${server.httpUrl}/openapi.json`)).body;
    expect(openApi.paths['/clients/{client_id}/idle'].get.summary).toMatch(/silent/);
  });
});

describe('an API on the gateway alone', () => {
  const [program] = programs as [Block];
  const path = pathOf(program);

  beforeAll(() => {
    folder = copyOfTree(ROOT, ['local/gateway', 'tsconfig.json']);
    writeNewFile(folder, { ...program, code: program.code.replace(/\b900[45]\b/g, '0') });
    // The folder is what it says: nothing of Switchboard is beside it.
    expect(existsSync(join(folder, 'lambdas'))).toBe(false);
    writeFileSync(
      join(folder, 'tsconfig.program.json'),
      JSON.stringify({ extends: './tsconfig.json', include: ['.'] }),
    );
  });

  afterAll(() => removeCopy(folder));

  it('passes the check of types', () => passes('npx', 'tsc', '--noEmit', '-p', 'tsconfig.program.json'));

  it('answers on both of its ports', async () => {
    expect(readMarkdown(README)).toContain(`\`npx tsx ${path}\``);
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
});

describe('a block of changes', () => {
  const block = (code: string): Block => ({ language: 'diff', code, line: 7 });

  it('that does not fit the code is told by its line and its file', () => {
    const copy = copyOfTree(ROOT, ['lambdas/tools']);
    const apply = (code: string) => applyDiff(copy, block(code));
    expect(() => apply('--- lambdas/tools/table.ts\n no such line\n+another\n')).toThrow(
      /table\.ts has 0 times .* line 7/,
    );
    expect(() => apply('--- lambdas/tools/table.ts\n import\n+another\n')).toThrow(/has 0 times/);
    removeCopy(copy);
  });

  it('says of each hunk what was there and what is to be', () => {
    expect(hunksOf(block('--- a.ts\n one\n+two\n@@\n-three\n+four\n--- b.ts\n+five\n'))).toEqual([
      { path: 'a.ts', before: 'one\n', after: 'one\ntwo\n' },
      { path: 'a.ts', before: 'three\n', after: 'four\n' },
      { path: 'b.ts', before: '', after: 'five\n' },
    ]);
  });
});
