/** A self-signed certificate made with openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureOf, isAvailable } from './toolchains';

/** True if this machine has openssl. */
export const hasOpenssl = () => isAvailable('REQUIRE_PROXIES', failureOf('openssl', ['version']));

/** Writes `NAME.crt` and `NAME.key`, for loopback. */
export function makeCertificate(folder: string, name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', `${folder}/${name}.key`, '-out', `${folder}/${name}.crt`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', '-days', '30', ...subject, ...files], { stdio: 'pipe' });
}

/** A certificate in its own folder, in the form of the server's settings. */
export function createCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-certificate-'));
  makeCertificate(folder, 'server');
  return {
    settings: { TLS_CERT: join(folder, 'server.crt'), TLS_KEY: join(folder, 'server.key') },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
