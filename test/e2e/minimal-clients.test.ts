/** The minimal clients, each run from its file with its language's toolchain, against a real server in each of its three modes. */
import { join } from 'node:path';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { endPrograms, startProgram } from '../support/program';
import { hasPythonClient, PYTHON } from '../support/python';
import { goEnvironment, hasGoClient, hasJavaClient } from '../support/toolchains';
import { eventually } from './suite/eventually';

const FOLDER = join(__dirname, '../../examples/minimal');

/** Node.js has the browser's WebSocket from version 22 on, and version 20 behind a flag. */
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

const MODES = ['AUTH=none', 'AUTH=token', '--wire'] as const;

interface Started {
  server: TestServer;
  /** Where a client connects, with its token if one is needed. */
  url: string;
}

const keys = createKeysFile();

async function start(mode: (typeof MODES)[number]): Promise<Started> {
  if (mode !== 'AUTH=token') {
    const server = await startTestServer({}, { wire: mode === '--wire' });
    return { server, url: server.webSocketUrl };
  }
  const server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
  const headers = { authorization: `Bearer ${keys.read().api_key.current}` };
  const { body } = await call('POST', `${server.httpUrl}/tokens`, {}, headers);
  return { server, url: `${server.webSocketUrl}/?token=${body.token}` };
}

const running: TestServer[] = [];

afterEach(async () => {
  endPrograms();
  for (const server of running.splice(0)) await server.stop();
});

afterAll(() => keys.remove());

describe.each(CLIENTS)('examples/minimal/$file', ({ isAvailable, command, folder = FOLDER, environment }) => {
  const test = isAvailable ? it : it.skip;
  const [program, ...args] = command;

  const run = (url: string) => startProgram(program, [...args, url], { cwd: folder, environment }).exit;

  test.each(MODES)('prints the answer to its message, and closes normally, with %s', async (mode) => {
    const { server, url } = await start(mode);
    running.push(server);
    /** How the server saw its connections end. */
    const closeCodes = () =>
      server.log.filter(({ event }) => event === 'disconnected').map(({ fields }) => fields?.code);
    expect(await run(url)).toEqual({ code: 0, stdout: 'Echo: Hello\n', stderr: '' });
    await eventually(async () => expect(closeCodes()).toEqual([1000]));
  });

  test('fails if no server listens', async () => {
    const { server, url } = await start('AUTH=none');
    await server.stop();
    const { code, stdout } = await run(url);
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe('');
  });
});
