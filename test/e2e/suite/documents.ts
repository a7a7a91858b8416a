/** What the server serves about itself, and to whom: the documentation page, both descriptions, and CORS. */
import { httpCalls } from '../../../lambdas/protocol/http-calls';
import { createAsyncApiCheck, createOpenApiCheck, danglingReferences } from '../../support/document-schemas';
import { type UnderTest, unless } from './under-test';

const ORIGIN = 'https://some-page.example';

export function documents({ connect, http, target, without }: UnderTest): void {
  describe('GET /docs', () => {
    it('is a page whose assets all come from this server', async () => {
      const page = await http.send('GET', '/docs');
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toMatch(/^text\/html\b/);
      const base = `${target().httpUrl.replace(/\/$/, '')}/docs`;
      const links = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, link = '']) => new URL(link, base),
      );
      expect(links.length).toBeGreaterThan(3);
      expect(links.map(({ origin }) => origin)).toEqual(links.map(() => new URL(base).origin));
      const assets = await Promise.all(links.map((link) => fetch(link)));
      expect(assets.map(({ status }) => status)).toEqual(links.map(() => 200));
      await Promise.all(assets.map((asset) => asset.arrayBuffer()));
    });
  });

  describe('GET /openapi.json', () => {
    it('is valid OpenAPI that describes every call and no other', async () => {
      const { status, headers, body } = await http.send('GET', '/openapi.json');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^application\/json\b/);
      expect(createOpenApiCheck()(body)).toEqual([]);
      expect(danglingReferences(body)).toEqual([]);
      const described = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      expect(described.sort()).toEqual(Object.keys(httpCalls).sort());
    });
  });

  describe('GET /asyncapi.json', () => {
    it('is valid AsyncAPI that says where clients connect', async () => {
      const { status, headers, body } = await http.send('GET', '/asyncapi.json');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^application\/json\b/);
      expect(createAsyncApiCheck()(body)).toEqual([]);
      expect(danglingReferences(body)).toEqual([]);
      const { protocol, host, pathname = '/' } = body.servers.gateway;
      await (await connect({ url: `${protocol}://${host}${pathname}` })).expectOpen();
    });
  });

  describe('a page of any origin', () => {
    const preflight = {
      origin: ORIGIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };

    unless(without.openCors, () => {
      it.each([
        ['an answer', 'GET', '/status'],
        ['a problem', 'GET', '/clients/nobody'],
        ['an unknown path', 'GET', '/nothing'],
      ])('may read %s', async (_, method, path) => {
        const { headers } = await http.send(method, path, undefined, { origin: ORIGIN });
        expect(['*', ORIGIN]).toContain(headers.get('access-control-allow-origin'));
      });

      it.each(['/send_message', '/call_tool', '/broadcast'])('may call %s', async (path) => {
        const { status, headers } = await http.send('OPTIONS', path, undefined, preflight);
        expect(Math.floor(status / 100)).toBe(2);
        expect(['*', ORIGIN]).toContain(headers.get('access-control-allow-origin'));
        expect(headers.get('access-control-allow-methods')).toMatch(/\*|\bPOST\b/);
        expect(headers.get('access-control-allow-headers')).toMatch(/\*|\bcontent-type\b/i);
      });
    });
  });
}
