/** docs/calls.md: its commands run, and it lists the outcomes and limits of the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callState } from '../../lambdas/protocol/http-schemas';
import { MAX_CALL_SECONDS, MAX_WAIT_SECONDS } from '../../lambdas/protocol/limits';
import { optionsOf } from '../../lib/function-table';
import { newFolder, removeFolders } from '../support/data-folder';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { blocksOf, codeIn, sectionOf } from '../support/markdown';
import { endPrograms, startProgram } from '../support/program';
import { ROOT, readMarkdown, withAddresses } from '../support/readme';

const page = readMarkdown('docs/calls.md');
const blocks = (language: string) => blocksOf(page).filter((block) => block.language === language);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  endPrograms();
  removeFolders();
  await server.stop();
});

function runCommand(index: number, environment: Record<string, string>) {
  const command = withAddresses(blocks('sh')[index]?.code ?? '', server);
  return startProgram('bash', ['--norc', '-euc', command], { cwd: ROOT, environment }).exit;
}

it('the commands run against the client on the page', async () => {
  expect(blocks('sh')).toHaveLength(2);
  const [answer, tools] = blocks('json');
  const file = `${newFolder()}.json`;
  writeFileSync(file, tools?.code ?? '');
  const options = ['--import', 'tsx', 'cli/client/main.ts', server.webSocketUrl, '--tools', file];
  startProgram(process.execPath, options, { cwd: ROOT });
  let clients: { client_id: string }[] = [];
  while (clients.length === 0) ({ clients } = (await call('GET', `${server.httpUrl}/clients`)).body);
  const CLIENT_ID = clients[0]?.client_id ?? '';
  const first = JSON.parse((await runCommand(0, { CLIENT_ID })).stdout);
  const shown = JSON.parse(answer?.code ?? '');
  expect(Object.keys(first)).toEqual(Object.keys(shown));
  expect(first).toMatchObject({ status: shown.status, result: shown.result });
  const later = JSON.parse((await runCommand(1, { CALL_ID: first.call_id })).stdout);
  expect(later).toMatchObject({ call_id: first.call_id, status: 'completed' });
});

it('has each status of a call, and the limits of the code', () => {
  const sentence = sectionOf(page, 'What you get').split('It says ')[1] ?? '';
  expect(codeIn(sentence)).toEqual([...callState.shape.status.options, 'progress']);
  expect(page).toContain(`up to N seconds, ${MAX_WAIT_SECONDS} at most`);
  expect(page).toContain(`a call lives ${MAX_CALL_SECONDS / 3_600} hours`);
  expect(page).toContain(`the time of a function of ${optionsOf('http/calls').memory} MB`);
});

it('names an existing example', () => {
  expect(readFileSync(join(ROOT, 'examples/call_tool.sh'), 'utf8')).toContain('/call_tool');
});
