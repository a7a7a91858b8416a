/** Restricts the loopback stubs to this process: otherwise any program on the machine, and any web page in its browser, could use them. */
import type { IncomingMessage } from 'node:http';

/**
 * True for a call of an SDK client with this process's own access key, and without an `Origin`, which web pages send.
 * @param accessKeyId  random and secret: it is checked instead of the signature
 */
export function isOwnCall({ headers }: IncomingMessage, accessKeyId: string): boolean {
  const isSigned = headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKeyId}/`) ?? false;
  return isSigned && headers.origin === undefined;
}

/** AWS's answer to an unknown key; without CORS headers, so that no page can read it. */
export const UNKNOWN_CALLER = {
  status: 400,
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-errortype': 'UnrecognizedClientException',
    connection: 'close',
  },
  body: JSON.stringify({
    __type: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
  }),
};
