import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ChildServer, startChildServer } from '../support/child-server';
import { newFolder, removeFolders } from '../support/data-folder';
import { hasPythonClient, PYTHON } from '../support/python';

const PROGRAM = join(__dirname, 'python_client.py');

afterAll(removeFolders);

(hasPythonClient() ? describe : describe.skip).each([
  ['in memory', [], {}],
  ['on disk', [], { DATA_DIR: newFolder() }],
  ['--wire', ['--wire'], {}],
])('a client in Python with a third-party library, %s', (_, options, environment) => {
  let server: ChildServer | undefined;

  beforeAll(async () => {
    server = await startChildServer({ options, environment: { LOG_LEVEL: 'error', ...environment } });
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    await server?.exit;
  });

  it('can do everything in the protocol', async () => {
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
