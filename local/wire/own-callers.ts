/** Keeps the stand-ins on loopback to this process: every program of the machine reaches them, and so does every web page in its browser. */
import type { IncomingMessage } from 'node:http';

/**
 * True for a call of an SDK client that has this process's own access key. A web page's call, which has an `Origin`, is never one.
 * @param accessKeyId  random, and told to nobody: it stands in for the signature
 */
export function isOwnCall({ headers }: IncomingMessage, accessKeyId: string): boolean {
  const isSigned = headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKeyId}/`) ?? false;
  return isSigned && headers.origin === undefined;
}

/** What AWS answers to a key that it does not know; no CORS header is among these, so that no page can read it. */
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
