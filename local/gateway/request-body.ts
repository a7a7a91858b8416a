/** A request's body as a whole, up to a bound. */
import type { IncomingMessage } from 'node:http';
import type { Hold } from './held-bytes';

/** Bytes of a body that is too large which are still read, so that its client sees the answer: it sends first, and then looks. */
const MAX_IGNORED_BYTES = 33_554_432;

/** True for a body that says itself, before it comes, that it is larger. */
export function isDeclaredLarger({ headers }: IncomingMessage, maxBytes: number): boolean {
  return Number(headers['content-length'] ?? 0) > maxBytes;
}

/**
 * The body; undefined where it has more bytes. Then the rest is read and dropped while the answer is under way, up to a bound.
 * @param hold  told of each chunk that is kept
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
