/** The smallest clients, each run from its file by its own language's toolchain, against a real server. */
import { join } from 'node:path';
import { startTestServer, type TestServer } from '../support/local-server';
import { endPrograms, startProgram } from '../support/program';
import { hasPythonClient, PYTHON } from '../support/python';
import { goEnvironment, hasGoClient, hasJavaClient } from '../support/toolchains';
import { eventually } from './suite/eventually';

const FOLDER = join(__dirname, '../../examples/minimal');

/** Node.js has the WebSocket of browsers from version 22 on, and version 20 behind a flag. */
const NODE_FLAGS = Number.parseInt(process.versions.node, 10) < 22 ? ['--experimental-websocket'] : [];

interface Client {
  file: string;
  isAvailable: boolean;
  command: [string, ...string[]];
  folder?: string;
  environment?: Record<string, string>;
}

const CLIENTS: Client[] = [
  { file: 'chat.py', isAvailable: hasPythonClient(), command: [PYTHON, '-W', 'error', 'chat.py'] },
  { file: 'chat.mjs', isAvailable: true, command: [process.execPath, ...NODE_FLAGS, 'chat.mjs'] },
  {
    file: 'go/main.go',
    isAvailable: hasGoClient(join(FOLDER, 'go')),
    command: ['go', 'run', '.'],
    folder: join(FOLDER, 'go'),
    environment: goEnvironment,
  },
  { file: 'Chat.java', isAvailable: hasJavaClient(), command: ['java', 'Chat.java'] },
];

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  endPrograms();
  await server.stop();
});

describe.each(CLIENTS)('examples/minimal/$file', ({ isAvailable, command, folder = FOLDER, environment }) => {
  const test = isAvailable ? it : it.skip;
  const [program, ...args] = command;

  const run = () => startProgram(program, [...args, server.webSocketUrl], { cwd: folder, environment }).exit;

  /** How the server saw its connections end. */
  const closeCodes = () => server.log.filter(({ event }) => event === 'disconnected').map(({ fields }) => fields?.code);

  test('prints the answer to its message, and closes normally', async () => {
    expect(await run()).toEqual({ code: 0, stdout: 'Echo: Hello\n', stderr: '' });
    await eventually(async () => expect(closeCodes()).toEqual([1000]));
  });

  test('fails if no server listens', async () => {
    await server.stop();
    const { code, stdout } = await run();
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe('');
  });
});
