import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ChildServer, startChildServer } from '../support/child-server';

const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const PROGRAM = join(__dirname, 'python_client.py');

/** True where there is a Python with the client's library; says so where there is none. */
function hasPythonClient(): boolean {
  const { status, error, stderr } = spawnSync(PYTHON, ['-c', 'import websockets'], { encoding: 'utf8' });
  if (status === 0) return true;
  const reason = `${PYTHON} cannot import websockets: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
  if (process.env.REQUIRE_PYTHON_CLIENT === '1') throw new Error(`REQUIRE_PYTHON_CLIENT is set, but ${reason}`);
  process.stderr.write(`SKIPPED: ${reason}; PYTHON=/path/to/it names another.\n`);
  return false;
}

(hasPythonClient() ? describe : describe.skip)('a client in Python, of another library', () => {
  let server: ChildServer | undefined;

  beforeAll(async () => {
    server = await startChildServer({ environment: { LOG_LEVEL: 'error' } });
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    await server?.exit;
  });

  it('can do all that the protocol says', async () => {
    if (!server) throw new Error('the server has not started');
    const { stdout } = await promisify(execFile)(PYTHON, [PROGRAM, server.webSocketUrl, server.httpUrl]);
    expect(stdout.trim().split('\n')).toEqual([
      'ok   connection_established comes first',
      'ok   ping is answered with pong',
      'ok   chat_message is answered with processing, then chat_response',
      'ok   tool_call of a registered tool is completed',
      'ok   tool_call of an unknown tool is simulated',
      'ok   text that is not JSON is an error, and the connection goes on',
      'ok   send_message reaches the client',
      'ok   call_tool reaches the client',
      'ok   broadcast reaches the client',
      'ok   history has what was said, newest first',
      'ok   a protocol ping is answered with a pong',
      'ok   the connection closes normally',
    ]);
  });
});
