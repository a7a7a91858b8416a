/** A manual call of @connections, signed with AWS's own signer: for what the SDK's client does not show. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../local/gateway/signature';

class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Buffer);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

export interface Endpoint {
  connectionsUrl: string;
  connectionsCredentials: Credentials;
}

/** The headers that sign a request; @connections of a local server if `scope` is omitted. */
export async function signedHeaders(
  method: string,
  url: string,
  body: string | undefined,
  credentials: Credentials,
  scope = { service: 'execute-api', region: 'local' },
): Promise<Record<string, string>> {
  const { protocol, hostname, host, port, pathname } = new URL(url);
  const signer = new SignatureV4({ ...scope, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    method,
    protocol,
    hostname,
    port: Number(port),
    path: pathname,
    query: {},
    headers: { host },
    ...(body !== undefined && { body }),
  });
  const { host: _, ...rest } = headers; // fetch adds it itself
  return rest;
}

export async function callConnection(
  { connectionsUrl, connectionsCredentials }: Endpoint,
  method: string,
  connectionId: string,
  body?: string,
): Promise<Response> {
  const url = `${connectionsUrl}/@connections/${encodeURIComponent(connectionId)}`;
  const headers = await signedHeaders(method, url, body, connectionsCredentials);
  return fetch(url, { method, headers, ...(body !== undefined && { body }) });
}
