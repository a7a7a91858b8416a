/** TLS on both ports: what clients are told, a renewed certificate, and invalid files. */
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { hasOpenssl, makeCertificate } from '../support/certificate';
import { startTestServer, type TestServer } from '../support/local-server';
import { endPrograms, startProgram } from '../support/program';
import { ROOT } from '../support/readme';
import { TestClient } from '../support/test-client';

const LOOPBACK = { WS_HOST: '127.0.0.1', WS_PORT: '0', API_PORT: '0', DATA_DIR: '' };

(hasOpenssl() ? describe : describe.skip)('with a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-tls-'));
  const [TLS_CERT, TLS_KEY] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const environment = { TLS_CERT, TLS_KEY };
  let server: TestServer;

  /** Makes it the server's certificate. */
  function use(name: string): void {
    copyFileSync(`${folder}/${name}.crt`, TLS_CERT);
    copyFileSync(`${folder}/${name}.key`, TLS_KEY);
  }

  const caOf = (name: string) => readFileSync(`${folder}/${name}.crt`, 'utf8');

  /** A GET, and the name in the server's certificate. */
  async function get(
    path: string,
    ca: string,
    url = server.httpUrl,
  ): Promise<{ status: number; body: string; shown: string }> {
    const asked = request(`${url}${path}`, { ca, agent: false }).end();
    const [response] = await once(asked, 'response');
    const shown = String((response.socket as TLSSocket).getPeerCertificate().subject.CN);
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, body, shown };
  }

  beforeAll(async () => {
    for (const name of ['first', 'second']) makeCertificate(folder, name);
    use('first');
    server = await startTestServer(environment);
  });

  afterAll(async () => {
    endPrograms();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('both ports speak TLS, and the server announces wss and https URLs', async () => {
    expect([server.webSocketUrl, server.httpUrl]).toEqual([
      expect.stringMatching(/^wss:/),
      expect.stringMatching(/^https:/),
    ]);
    const client = await TestClient.connect(server.webSocketUrl, { ca: caOf('first') });
    expect((await client.ask({ type: 'chat_message', data: { content: 'Hello' } })).data.content).toBe('Echo: Hello');
    const { body } = await get('/', caOf('first'));
    expect(body).toContain(
      `Clients connect to ${server.webSocketUrl}; the HTTP API is described at ${server.httpUrl}/docs`,
    );
    await client.close();
  });

  it.each([
    ['client', ({ webSocketUrl }: TestServer) => [webSocketUrl]],
    ['export', ({ httpUrl }: TestServer) => ['--url', httpUrl]],
  ])('the command %s rejects an unknown certificate, and accepts it from a file', async (command, urlOf) => {
    const args = ['--import', 'tsx', 'cli/switchboard/main.ts', command, ...urlOf(server)];
    const run = (environment: Record<string, string>) => {
      const { child, exit } = startProgram(process.execPath, args, { cwd: ROOT, environment });
      child.stdin.end();
      return exit;
    };
    const refused = await run({});
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('set NODE_EXTRA_CA_CERTS to its file.'),
    ]);
    const trusted = await run({ NODE_EXTRA_CA_CERTS: TLS_CERT });
    expect([trusted.code, trusted.stderr]).toEqual([0, '']);
  });

  it('a renewed certificate is used for new connections, and existing ones stay open', async () => {
    use('first');
    await server.renewTls();
    const client = await TestClient.connect(server.webSocketUrl, { ca: caOf('first') });
    use('second');
    await server.renewTls();
    expect((await get('/health', caOf('second'))).shown).toBe('second');
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
    const { body } = await get('/metrics', caOf('second'));
    const [, endsAt] = /^switchboard_tls_certificate_expiry_timestamp_seconds (\d+)/m.exec(body) ?? [];
    expect(Number(endsAt) * 1_000).toBeGreaterThan(Date.now());
    await client.close();
  });

  it('the process reloads it on SIGHUP, and logs that as JSON with LOG_FORMAT=json', async () => {
    use('first');
    const { child, shows, exit } = startProgram(
      process.execPath,
      ['scripts/run.mjs', 'test/support/server-program.ts'],
      {
        cwd: ROOT,
        environment: { ...environment, ...LOOPBACK, LOG_FORMAT: 'json', LOG_LEVEL: 'debug' },
      },
    );
    const started = JSON.parse((await shows('"started"')).trim().split('\n').at(-1) ?? '');
    expect(started).toMatchObject({ level: 'INFO', message: 'started', http_url: expect.stringMatching(/^https:/) });
    const client = await TestClient.connect(started.websocket_url, { ca: caOf('first') });
    await client.ask({ type: 'nothing-known' });
    use('second');
    child.kill('SIGHUP');
    await shows('"tls_renewed"');
    expect((await get('/health', caOf('second'), started.http_url)).shown).toBe('second');
    child.kill('SIGTERM');
    const { code, stdout } = await exit;
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'message_handled', error: 'unsupported_type' }));
  });

  it('invalid new files are logged, and the old certificate stays', async () => {
    use('first');
    await server.renewTls();
    writeFileSync(TLS_CERT, 'half a file');
    await server.renewTls();
    expect((await get('/health', caOf('first'))).shown).toBe('first');
    const failed = server.log.filter(({ event }) => event === 'tls_not_renewed');
    expect(failed.map(({ cause }) => (cause as Error).message)).toEqual([
      `TLS_CERT: ${TLS_CERT} has no certificate in PEM.`,
    ]);
  });

  it.each<[string, () => Record<string, string>, () => string]>([
    ['only a key', () => ({ TLS_KEY }), () => 'TLS_CERT is missing, but TLS_KEY is set: they go together.'],
    ['only a certificate', () => ({ TLS_CERT }), () => 'TLS_KEY is missing, but TLS_CERT is set: they go together.'],
    [
      'a missing file',
      () => ({ TLS_CERT, TLS_KEY: `${folder}/none` }),
      () => `TLS_KEY: cannot read ${folder}/none (ENOENT).`,
    ],
    [
      'an invalid key',
      () => ({ TLS_CERT: `${folder}/first.crt`, TLS_KEY: `${folder}/first.crt` }),
      () => `TLS_KEY: ${folder}/first.crt has no private key in PEM, or needs a passphrase.`,
    ],
    [
      'the key of another certificate',
      () => ({ TLS_CERT: `${folder}/first.crt`, TLS_KEY: `${folder}/second.key` }),
      () => `TLS_KEY: ${folder}/second.key is not the key of the certificate in ${folder}/first.crt.`,
    ],
  ])('a start with %s fails with one sentence', async (_, wrong, sentence) => {
    await expect(startTestServer(wrong())).rejects.toMatchObject({ name: 'SettingError', message: sentence() });
  });
});
