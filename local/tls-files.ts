/** The certificate and its key, from the files that TLS_CERT and TLS_KEY name. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { TlsFiles } from './gateway/listener';
import { SettingError, type Settings } from './settings';

export interface Tls extends TlsFiles {
  /** When the certificate ends, milliseconds since 1970. */
  endsAt: number;
}

type Names = Pick<Settings, 'TLS_CERT' | 'TLS_KEY'>;

/** Undefined if neither is set. @throws SettingError */
export async function readTls({ TLS_CERT, TLS_KEY }: Names): Promise<Tls | undefined> {
  if (TLS_CERT === '' && TLS_KEY === '') return undefined;
  if (TLS_CERT === '') throw new SettingError('TLS_CERT is missing, but TLS_KEY is set: they go together.');
  if (TLS_KEY === '') throw new SettingError('TLS_KEY is missing, but TLS_CERT is set: they go together.');
  const [cert, key] = await Promise.all([readPem('TLS_CERT', TLS_CERT), readPem('TLS_KEY', TLS_KEY)]);
  assertTaken({ cert }, `TLS_CERT: ${TLS_CERT} has no certificate in PEM.`);
  assertTaken({ key }, `TLS_KEY: ${TLS_KEY} has no private key in PEM, or needs a passphrase.`);
  assertTaken({ cert, key }, `TLS_KEY: ${TLS_KEY} is not the key of the certificate in ${TLS_CERT}.`);
  return { cert, key, endsAt: Date.parse(new X509Certificate(cert).validTo) };
}

async function readPem(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new SettingError(`${setting}: cannot read ${path} (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** @throws SettingError with this message */
function assertTaken(files: Partial<TlsFiles>, message: string): void {
  try {
    createSecureContext(files);
  } catch {
    throw new SettingError(message); // OpenSSL's message about a key must not be shown
  }
}
