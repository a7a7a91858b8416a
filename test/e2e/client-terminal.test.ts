/** The command-line client in a terminal, for which Python's `pty` stands in: the Tab key, and lines of an earlier run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestServer, type TestServer } from '../support/local-server';
import { endPrograms, startProgram } from '../support/program';
import { hasPythonModules, PYTHON } from '../support/python';
import { ROOT } from '../support/readme';

const UP = '\u001b[A';

let server: TestServer;
let state: string;

beforeAll(async () => {
  server = await startTestServer();
  state = mkdtempSync(join(tmpdir(), 'switchboard-state-'));
});
afterAll(async () => {
  endPrograms();
  await server.stop();
  rmSync(state, { recursive: true });
});

function atTerminal() {
  const client = [process.execPath, '--import', 'tsx', 'cli/client/main.ts', server.webSocketUrl];
  const { child, exit, shows } = startProgram(
    PYTHON,
    ['-c', 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)', ...client],
    { cwd: ROOT, environment: { TERM: 'xterm', NO_COLOR: '1', XDG_STATE_HOME: state } },
  );
  return { exit, shows, type: (keys: string) => child.stdin.write(keys) };
}

const test = hasPythonModules(['pty']) ? it : it.skip;

test('completes commands and tool names, and has the lines of an earlier run', async () => {
  const first = atTerminal();
  await first.shows('you are client');
  first.type('/to\t'); // text that follows a tab in the same write counts as pasted
  await first.shows('/tool ');
  first.type('ad\t');
  await first.shows('add ');
  first.type('{"a": 20, "b": 3}\n');
  await first.shows('add = 23');
  first.type('/quit\n');
  expect((await first.exit).code).toBe(0);

  const second = atTerminal();
  await second.shows('you are client');
  second.type(`${UP}${UP}\n`);
  await second.shows('add = 23');
  second.type('/quit\n');
  expect((await second.exit).code).toBe(0);
});
