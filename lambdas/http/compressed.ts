/** Compresses large public responses for clients that accept gzip: a third of the bytes, and every byte costs money. */
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** Below this, the extra headers outweigh the savings. */
const MIN_BYTES = 1_024;

/** Whether an `accept-encoding` header allows gzip. */
export function takesGzip(header: string | undefined): boolean {
  return (header ?? '').split(',').some((coding) => {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim().toLowerCase());
    return (name === 'gzip' || name === '*') && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/**
 * @returns a function that compresses a response; files are few, so each is compressed only once
 */
export function createCompress() {
  const files = new Map<string, string>();

  function gzipped(body: string, isFile: boolean): string {
    if (!isFile) return gzipSync(body).toString('base64');
    const known = files.get(body) ?? gzipSync(Buffer.from(body, 'base64')).toString('base64');
    files.set(body, known);
    return known;
  }

  return function compress(
    result: APIGatewayProxyStructuredResultV2,
    acceptEncoding: string | undefined,
  ): APIGatewayProxyStructuredResultV2 {
    const { body = '', headers, isBase64Encoded = false } = result;
    if (result.statusCode !== 200 || body.length < MIN_BYTES) return result;
    const varying = { ...headers, vary: 'accept-encoding' };
    if (!takesGzip(acceptEncoding)) return { ...result, headers: varying };
    return {
      ...result,
      headers: { ...varying, 'content-encoding': 'gzip' },
      body: gzipped(body, isBase64Encoded),
      isBase64Encoded: true,
    };
  };
}
