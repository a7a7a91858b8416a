/** Verifies AWS Signature Version 4 in the Authorization header. */
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export function randomCredentials(): Credentials {
  return { accessKeyId: randomUUID(), secretAccessKey: randomBytes(32).toString('hex') };
}

interface Claim {
  accessKeyId: string;
  /** `{date}/{region}/{service}/aws4_request` */
  scope: string;
  signedHeaders: string[];
  signature: string;
}

/** The signature, its scope and its signer, from the request. Undefined if it is not signed. */
export function claimOf({ headers }: IncomingMessage): Claim | undefined {
  const [, accessKeyId, scope, signedHeaders, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([\da-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  if (!accessKeyId || !scope || !signedHeaders || !signature) return undefined;
  return { accessKeyId, scope, signedHeaders: signedHeaders.split(';'), signature };
}

/** Whether it is signed with this secret. The date is not checked: the caller is on the same machine. */
export function isSignedBy(
  { secretAccessKey }: Credentials,
  { scope, signedHeaders, signature }: Claim,
  request: IncomingMessage,
  body: Buffer,
): boolean {
  const { method = '', url = '', headers } = request;
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const time = String(headers['x-amz-date'] ?? '');
  const canonical = [
    method,
    path.split('/').map(encode).join('/'),
    canonicalQuery(query),
    ...signedHeaders.map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replace(/\s+/g, ' ')}`,
    ),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
  const signed = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return timingSafeEqual(hmac(key, signed), Buffer.from(signature, 'hex'));
}

/** The path is percent-encoded once more than in the request. */
function encode(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Sorted by name, each name with an equals sign, with the encoding of the request. */
function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`));
  return pairs.sort().join('&');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
