/** The Python client: its own tests, the real server, and the package as a user has it. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { blocksOf } from '../support/markdown';
import { endPrograms, startProgram } from '../support/program';
import { hasPythonClient, hasPythonModules, PYTHON } from '../support/python';
import { ROOT } from '../support/readme';

const run = promisify(execFile);

const PACKAGE = join(ROOT, 'clients/python');

const describePython = hasPythonClient() ? describe : describe.skip;

let server: TestServer | undefined;

afterEach(async () => {
  endPrograms();
  await server?.stop();
  server = undefined;
});

/** Runs tests of the package, with warnings as errors. Returns the last output of unittest. */
async function unittest(modules: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  const options = {
    cwd: PACKAGE,
    env: { PATH: process.env.PATH, PYTHONPATH: 'src', PYTHONDONTWRITEBYTECODE: '1', ...environment },
  };
  const { stderr } = await run(PYTHON, ['-W', 'error', '-m', 'unittest', ...modules], options);
  return stderr.trim().split('\n').at(-1) as string;
}

describePython('the tests of the Python client', () => {
  const modules = readdirSync(join(PACKAGE, 'tests')).flatMap((name) => /^(test_\w+)\.py$/.exec(name)?.[1] ?? []);

  it.each(modules.filter((name) => name !== 'test_on_server'))('%s', async (name) => {
    expect(await unittest([`tests.${name}`])).toBe('OK');
  });
});

describePython('the Python client on the real server', () => {
  it('does everything that an open server offers', async () => {
    server = await startTestServer({ MAX_FRAME_BYTES: '32768', PRESENCE_GROUPS: 'present:*' });
    const environment = { SWITCHBOARD_WS: server.webSocketUrl, SWITCHBOARD_HTTP: server.httpUrl };
    expect(await unittest(['tests.test_on_server.OnServer'], environment)).toBe('OK');
  });

  it('takes tokens, and is replaced by a second program', async () => {
    const keys = createKeysFile();
    server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
    const environment = {
      SWITCHBOARD_WS: server.webSocketUrl,
      SWITCHBOARD_HTTP: server.httpUrl,
      SWITCHBOARD_KEY: keys.read().api_key.current,
    };
    expect(await unittest(['tests.test_on_server.OnServerWithTokens'], environment)).toBe('OK');
    keys.remove();
  });
});

describePython('the examples of the Python client', () => {
  const start = (name: string, args: readonly string[]) =>
    startProgram(PYTHON, ['-W', 'error', join(PACKAGE, 'examples', name), ...args], {
      environment: { PYTHONPATH: join(PACKAGE, 'src'), PYTHONDONTWRITEBYTECODE: '1' },
    });

  it('chat.py shows answers and pushes, and reconnects after a restart of the server', async () => {
    server = await startTestServer();
    const { child, exit, shows } = start('chat.py', [server.webSocketUrl]);
    await shows('[connected]');
    child.stdin.write('hello\n');
    await shows('Echo: hello\n');
    const [client] = (await call('GET', `${server.httpUrl}/clients`)).body.clients;
    await call('POST', `${server.httpUrl}/send_message`, { content: 'a push', client_id: client.client_id });
    await shows('> a push\n');
    await server.stop();
    await shows('[waiting] The server restarts.');
    server = await startTestServer({ WS_PORT: new URL(server.webSocketUrl).port });
    child.stdin.end('after the break\n');
    const { code, stdout } = await exit;
    expect([code, stdout]).toEqual([0, 'Echo: hello\n> a push\nEcho: after the break\n']);
  });

  it('chat.py ends with a sentence if the team removes it', async () => {
    server = await startTestServer();
    const { exit, shows } = start('chat.py', [server.webSocketUrl]);
    await shows('[connected]');
    const [client] = (await call('GET', `${server.httpUrl}/clients`)).body.clients;
    await call('DELETE', `${server.httpUrl}/clients/${client.client_id}`);
    const { code, stderr } = await exit;
    expect([code, stderr]).toEqual([1, expect.stringContaining("[closed] The server's team closed the connection.\n")]);
  });

  it('device.py is called by the team, and keeps its state in a file', async () => {
    server = await startTestServer();
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-python-'));
    const file = join(folder, 'device.json');
    const { shows, child, exit } = start('device.py', [server.webSocketUrl, file]);
    await shows('Connected as ');
    const [client] = (await call('GET', `${server.httpUrl}/clients`)).body.clients;
    const body = { tool_name: 'set_light', params: { level: 40 }, client_id: client.client_id };
    await call('POST', `${server.httpUrl}/call_tool`, body);
    await shows('The light is at 40 %.\n');
    await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'notification', data: { message: 'Dinner' } });
    await shows('Dinner\n');
    child.kill('SIGINT');
    await exit;
    rmSync(folder, { recursive: true });
  });
});

const describePackage =
  hasPythonClient() && hasPythonModules(['setuptools', 'pip', 'wheel']) ? describe : describe.skip;

describePackage('the package of the Python client', () => {
  let folder: string;
  let python: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'switchboard-python-'));
    const source = join(folder, 'source');
    const leftOut = ['build', 'tests', '__pycache__', '.mypy_cache', '.ruff_cache'];
    cpSync(PACKAGE, source, {
      recursive: true,
      filter: (path) => !leftOut.some((name) => path.endsWith(`/${name}`)) && !path.endsWith('.egg-info'),
    });
    const offline = ['--no-index', '--no-deps', '--disable-pip-version-check', '--quiet'];
    const build = ['-m', 'pip', 'wheel', ...offline, '--no-build-isolation', '--wheel-dir', folder, source];
    await run(PYTHON, build);
    const [wheel] = readdirSync(folder).filter((name) => name.endsWith('.whl'));
    await run(PYTHON, ['-m', 'venv', '--system-site-packages', '--without-pip', join(folder, 'venv')]);
    python = join(folder, 'venv/bin/python');
    await run(PYTHON, ['-m', 'pip', '--python', python, 'install', ...offline, join(folder, wheel as string)]);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('has the code, its types and its licence, and no tests', async () => {
    const program =
      "import importlib.metadata as m; d = m.distribution('switchboard-client');" +
      "print(d.version, [r.translate({32: '', 40: '', 41: ''}) for r in d.requires], sorted({str(f).split('/')[0] for f in d.files}), any('LICENSE' in str(f) for f in d.files)," +
      "any(str(f) == 'switchboard_client/py.typed' for f in d.files))";
    const { stdout } = await run(python, ['-I', '-c', program], { cwd: folder });
    expect(stdout).toBe(
      "0.1.0 ['websockets>=10.4'] ['switchboard_client', 'switchboard_client-0.1.0.dist-info'] True True\n",
    );
  });

  const programs = blocksOf(readFileSync(join(PACKAGE, 'README.md'), 'utf8')).filter(
    ({ language }) => language === 'python',
  );

  it('runs the first program of the README', async () => {
    server = await startTestServer();
    const code = programs[0]?.code.replaceAll('ws://localhost:9004', server.webSocketUrl) as string;
    writeFileSync(join(folder, 'first.py'), code);
    const { stdout } = await run(python, ['-I', '-W', 'error', 'first.py'], { cwd: folder });
    expect(stdout).toBe('Echo: Hello\n5\n');
  });

  it.each(programs.slice(1).map(({ line, code }) => [line, code] as const))(
    'runs the program of line %i of the README',
    async (_, code) => {
      const { stderr } = await run(python, ['-I', '-W', 'error', '-c', code], { cwd: folder });
      expect(stderr).toBe('');
    },
  );
});
