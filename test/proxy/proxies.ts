/** The real nginx and the real Caddy, with the files of docs/proxies, on free loopback ports and with the test's certificate. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port';
import { type Program, startProgram } from '../support/program';

const DOCS = join(__dirname, '../../docs/proxies');

/** The ports of a server. */
export interface Behind {
  webSocketUrl: string;
  httpUrl: string;
}

export interface RunningProxy {
  /** Without a path. */
  url: string;
  webSocketUrl: string;
  /** Of its certificate. */
  ca: string;
  stop(): Promise<void>;
}

export interface ProxyKind {
  name: string;
  /** False, with a reason on stderr, if this machine has none. */
  isHere(): boolean;
  start(server: Behind): Promise<RunningProxy>;
}

function isHere(command: string, args: string[]): boolean {
  const { error } = spawnSync(command, args);
  if (error === undefined) return true;
  if (process.env.REQUIRE_PROXIES === '1') throw new Error(`REQUIRE_PROXIES is set, but there is no ${command}`);
  process.stderr.write(`SKIPPED: no ${command} on this machine (apt-get install ${command}).\n`);
  return false;
}

interface Files {
  folder: string;
  certificate: string;
  key: string;
}

function createFiles(): Files {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-proxy-'));
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...[...named, '-keyout', key, '-out', certificate],
  ]);
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`);
  return { folder, certificate, key };
}

/** A file of the docs with replacements. Each replaced text must occur, or the test would test another file. */
function fileWith(name: string, changes: readonly [from: string, to: string][]): string {
  return changes.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`docs/proxies/${name} has no "${from}"`);
      return text.replaceAll(from, to);
    },
    readFileSync(join(DOCS, name), 'utf8'),
  );
}

const hostOf = (url: string) => new URL(url).host;

async function started(program: Program, port: number, { folder, certificate }: Files): Promise<RunningProxy> {
  await accepts(port, program);
  return {
    url: `https://localhost:${port}`,
    webSocketUrl: `wss://localhost:${port}`,
    ca: readFileSync(certificate, 'utf8'),
    async stop() {
      program.child.kill('SIGTERM');
      await program.exit;
      rmSync(folder, { recursive: true });
    },
  };
}

/** @throws Error if the program has ended */
async function accepts(port: number, program: Program): Promise<void> {
  let failure: string | undefined;
  void program.exit.then(({ stderr }) => {
    failure = stderr;
  });
  while (failure === undefined) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(failure);
}

/** What docs/proxies.md says about nginx's main file. */
const [, MAIN = ''] =
  /```nginx\n([\s\S]+?)```/.exec(readFileSync(join(__dirname, '../../docs/proxies.md'), 'utf8')) ?? [];

export const nginx: ProxyKind = {
  name: 'nginx',
  isHere: () => isHere('nginx', ['-v']),
  async start({ webSocketUrl, httpUrl }) {
    const files = createFiles();
    const port = await freePort();
    const site = fileWith('nginx.conf', [
      ['127.0.0.1:9004', hostOf(webSocketUrl)],
      ['127.0.0.1:9005', hostOf(httpUrl)],
      ['listen 443', `listen 127.0.0.1:${port}`],
      ['gateway.example.com;', 'localhost;'],
      ['/etc/ssl/certs/gateway.example.com.pem', files.certificate],
      ['/etc/ssl/private/gateway.example.com.key', files.key],
    ]);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const main = [
      ...(userInfo().uid === 0 ? ['user root;'] : []),
      'worker_processes 1;',
      'daemon off;',
      `pid ${files.folder}/nginx.pid;`,
      'error_log stderr;',
      MAIN,
      'http {',
      '  access_log off;',
      ...temporary.map((name) => `  ${name}_temp_path ${files.folder}/${name};`),
      site,
      '}',
    ];
    const path = join(files.folder, 'nginx.conf');
    writeFileSync(path, main.join('\n'));
    return started(startProgram('nginx', ['-e', 'stderr', '-c', path, '-p', files.folder]), port, files);
  },
};

export const caddy: ProxyKind = {
  name: 'Caddy',
  isHere: () => isHere('caddy', ['version']),
  async start({ webSocketUrl, httpUrl }) {
    const files = createFiles();
    const port = await freePort();
    const site = fileWith('Caddyfile', [
      ['{$SWITCHBOARD_HOST:127.0.0.1}:9004', hostOf(webSocketUrl)],
      ['{$SWITCHBOARD_HOST:127.0.0.1}:9005', hostOf(httpUrl)],
      [
        '{$SWITCHBOARD_NAME:gateway.example.com} {',
        `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${files.certificate} ${files.key}`,
      ],
    ]);
    const path = join(files.folder, 'Caddyfile');
    writeFileSync(path, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
    const environment = { HOME: files.folder, XDG_DATA_HOME: files.folder, XDG_CONFIG_HOME: files.folder };
    const args = ['run', '--config', path, '--adapter', 'caddyfile'];
    return started(startProgram('caddy', args, { environment }), port, files);
  },
};

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

interface Call {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  localAddress?: string;
}

/** A call through a proxy, whose certificate is the only trusted one. */
export function callThrough(proxy: RunningProxy, path: string, { body, ...options }: Call = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(proxy.url + path, { ca: proxy.ca, agent: false, ...options }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
    });
    sent.on('error', reject).end(body);
  });
}
