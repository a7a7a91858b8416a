/** Reads a whole request body, up to a limit. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Hold } from './held-bytes';

/** Bytes of an oversized body that are still read, because many clients read the answer only after sending everything. */
const MAX_IGNORED_BYTES = 33_554_432;

/** Requests with `Expect: 100-continue`, whose clients wait before they send the body. */
export const waitsForContinue = new WeakSet<IncomingMessage>();

/** The body; undefined if it is too large. A client that waits for it is told to send it. */
export async function bodyOf(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  hold: Hold,
): Promise<Buffer | undefined> {
  if (maxBytes === 0) return Buffer.alloc(0);
  if (waitsForContinue.has(request)) {
    if (isDeclaredLarger(request, maxBytes)) return undefined;
    response.writeContinue();
  }
  return readBody(request, maxBytes, hold);
}

/** True if the `Content-Length` already exceeds the limit. */
export function isDeclaredLarger({ headers }: IncomingMessage, maxBytes: number): boolean {
  return Number(headers['content-length'] ?? 0) > maxBytes;
}

/**
 * The body; undefined if it is too large. Then the rest is read and dropped while the answer is sent, up to a limit.
 * @param hold  called for each chunk that is kept
 */
export function readBody(request: IncomingMessage, maxBytes: number, hold?: Hold): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_IGNORED_BYTES + maxBytes) request.destroy(new Error('the body is endless'));
      if (size > maxBytes) {
        chunks.length = 0;
        resolve(undefined);
        return;
      }
      chunks.push(chunk);
      hold?.add(chunk.length);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the request ended early')));
    if (isDeclaredLarger(request, maxBytes)) resolve(undefined);
  });
}
