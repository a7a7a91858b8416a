/** Lossless compression of long answers for clients that accept it. */
import { gunzipSync } from 'node:zlib';
import { createCompress, takesGzip } from '../../../lambdas/http/compressed';

const LONG = JSON.stringify({ text: 'Grüße '.repeat(1_000) });

const answer = (body: string, isBase64Encoded?: boolean) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body,
  isBase64Encoded,
});

describe('gzip', () => {
  it.each([
    ['gzip', true],
    ['gzip, deflate, br', true],
    ['br;q=1.0, GZIP;q=0.8, *;q=0.1', true],
    ['*', true],
    ['identity', false],
    ['gzip;q=0', false],
    ['br, gzip; q=0.000', false],
    ['', false],
    [undefined, false],
  ])('is accepted by accept-encoding: %s is %s', (header, expected) => {
    expect(takesGzip(header)).toBe(expected);
  });

  it.each([
    ['a text', answer(LONG), LONG],
    ['a file', answer(Buffer.from(LONG).toString('base64'), true), LONG],
  ])('makes %s shorter and decompresses to the same content', (_, result, content) => {
    const { headers, body = '', isBase64Encoded } = createCompress()(result, 'gzip');
    expect(headers).toEqual({
      'content-type': 'application/json',
      vary: 'accept-encoding',
      'content-encoding': 'gzip',
    });
    expect(isBase64Encoded).toBe(true);
    expect(body.length).toBeLessThan(content.length / 3);
    expect(gunzipSync(Buffer.from(body, 'base64')).toString()).toBe(content);
  });

  it('compresses a file once', () => {
    const compress = createCompress();
    const file = answer(Buffer.from(LONG).toString('base64'), true);
    expect(compress(file, 'gzip').body).toBe(compress(file, 'gzip').body);
  });

  it('sets Vary on an uncompressed answer too', () => {
    const { headers, body } = createCompress()(answer(LONG), undefined);
    expect(headers).toMatchObject({ vary: 'accept-encoding' });
    expect(body).toBe(LONG);
  });

  it('leaves short answers and errors alone', () => {
    const compress = createCompress();
    expect(compress(answer('{}'), 'gzip')).toEqual(answer('{}'));
    const error = { ...answer(LONG), statusCode: 500 };
    expect(compress(error, 'gzip')).toBe(error);
  });
});
