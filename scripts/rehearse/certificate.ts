/** A certificate for loopback, valid for a day: the bucket that CDK deploys from requires TLS. */
import { join } from 'node:path';
import { runCommand } from './command';
import { orNotAvailable } from './not-available';

export interface Certificate {
  /** Paths of PEM files. */
  certificate: string;
  key: string;
}

/**
 * @throws NotAvailable if openssl is missing
 */
export async function createCertificate(folder: string, signal: AbortSignal): Promise<Certificate> {
  const files = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
  const named = ['-subj', '/CN=a stand-in for AWS', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...named];
  const written = ['-keyout', files.key, '-out', files.certificate];
  await orNotAvailable(
    'cannot create a certificate',
    runCommand('openssl', [...request, ...written], { env: process.env, signal }),
  );
  return files;
}
