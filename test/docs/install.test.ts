/** The files of docs/install.md: an image, a compose file and a unit. What works without Docker is run. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SETTINGS } from '../../local/settings';
import { createCertificate, hasOpenssl } from '../support/certificate';
import { commandOf, instructions, isIgnored } from '../support/dockerfile';
import { startTestServer } from '../support/local-server';
import { ROOT } from '../support/readme';

const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const has = (command: string) => spawnSync(command, ['--version']).error === undefined;

describe('the Dockerfile', () => {
  it('copies existing files, which .dockerignore includes', () => {
    const copied = instructions('COPY')
      .filter((args) => !args.startsWith('--from'))
      .flatMap((args) => args.split(/\s+/).slice(0, -1));
    expect(copied).toContain('package-lock.json');
    expect(copied.filter((path) => !existsSync(join(ROOT, path)) || isIgnored(path))).toEqual([]);
  });

  it('leaves out keys and data', () => {
    expect(['.keys.json', '.switchboard', '.env', 'node_modules'].filter((name) => !isIgnored(name))).toEqual([]);
  });

  it('does not run as root, and uses existing settings', () => {
    expect(instructions('USER')).toEqual(['node']);
    const names = instructions('ENV').flatMap((args) => [...args.matchAll(/(\w+)=/g)].map(([, name]) => name));
    expect(names.filter((name) => name !== 'NODE_ENV').every((name) => `${name}` in SETTINGS)).toBe(true);
  });

  const schemes = ['http', ...(hasOpenssl() ? ['https'] : [])];

  it.each(schemes)(
    'has a health check that passes while the server runs, and fails when it does not (%s)',
    async (scheme) => {
      const [program = '', ...args] = commandOf(instructions('HEALTHCHECK')[0] as string);
      const check = async (environment: Record<string, string>) => {
        const child = spawn(program, args, { env: { PATH: process.env.PATH, ...environment } });
        const [code] = await once(child, 'close');
        return code;
      };
      const certificate = scheme === 'https' ? createCertificate() : undefined;
      const server = await startTestServer(certificate?.settings);
      const { port: API_PORT } = new URL(server.httpUrl);
      expect(server.httpUrl).toContain(`${scheme}://`);
      expect(await check({ API_PORT, ...certificate?.settings })).toBe(0);
      await server.stop();
      expect(await check({ API_PORT, ...certificate?.settings })).toBe(1);
      certificate?.remove();
    },
  );
});

describe('compose.yaml', () => {
  const { services, volumes } = parse(textOf('compose.yaml'));

  it('uses existing settings, and exposes none of its ports', () => {
    expect(Object.keys(services.switchboard.environment).filter((name) => !(name in SETTINGS))).toEqual([]);
    expect(services.switchboard).not.toHaveProperty('ports');
    expect(services.switchboard.environment.AUTH).toBe('token');
  });

  it('mounts existing files, and its own volumes', () => {
    const mounts: string[] = [...services.switchboard.volumes, ...services.caddy.volumes];
    const sources = mounts.map((mount) => mount.split(':')[0] as string);
    expect(
      sources.filter((source) => !(source.startsWith('.') ? existsSync(join(ROOT, source)) : source in volumes)),
    ).toEqual([]);
  });

  it('keeps the state where the image does', () => {
    const [volume] = instructions('VOLUME');
    expect(services.switchboard.volumes).toEqual([`state:${volume}`]);
  });

  (has('caddy') ? it : it.skip)('gives Caddy a valid file, with the name and the host of the server', () => {
    const { status, stdout } = spawnSync(
      'caddy',
      ['adapt', '--config', 'docs/proxies/Caddyfile', '--adapter', 'caddyfile'],
      {
        cwd: ROOT,
        env: {
          PATH: process.env.PATH,
          HOME: tmpdir(),
          ...services.caddy.environment,
          SWITCHBOARD_NAME: 'a.example.com',
        },
        encoding: 'utf8',
      },
    );
    expect(status).toBe(0);
    for (const part of ['"switchboard:9004"', '"switchboard:9005"', '"a.example.com"']) expect(stdout).toContain(part);
  });
});

describe('the systemd unit', () => {
  const unit = textOf('docs/install/switchboard.service');

  it('uses existing settings', () => {
    const names = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = '']) => line.match(/\w+(?==)/g) ?? []);
    expect(names.filter((name) => name !== 'NODE_ENV' && !(name in SETTINGS))).toEqual([]);
    expect(names).toContain('DATA_DIR');
  });

  /** for TLS, as the page adds them */
  const additions = [...textOf('docs/install.md').matchAll(/```ini\n([\s\S]+?)```/g)].map(([, text = '']) => text);

  it('passes the certificate in its settings, with a reload if the files can be read again', () => {
    expect(additions).toHaveLength(2);
    for (const text of additions) expect(text).toMatch(/^Environment=TLS_CERT=\S+ TLS_KEY=\S+$/m);
    expect(additions.filter((text) => text.includes('-HUP $MAINPID'))).toEqual([
      expect.stringContaining('SupplementaryGroups='),
    ]);
  });

  (has('systemd-analyze') ? it : it.skip).each<readonly [string, string]>([
    ['alone', ''],
    ...additions.map((text) => [`with ${text.split('\n')[1]}`, text] as const),
  ])('%s is accepted by systemd without warnings', (_, more) => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-unit-'));
    const path = join(folder, 'switchboard.service');
    writeFileSync(path, `${unit.replace('/usr/bin/node', process.execPath)}\n${more}`);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect({ status, remarks: stderr.split('\n').filter((line) => line.includes('switchboard.service')) }).toEqual({
      status: 0,
      remarks: [],
    });
  });
});
