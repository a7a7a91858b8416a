/** The example page of the TypeScript client in Chromium, and the bundle that it loads. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { hasBrowser, launchBrowser } from '../support/browser';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { ROOT } from '../support/readme';

const PACKAGE = join(ROOT, 'clients/typescript');

async function servePage(): Promise<Server> {
  const { outputFiles } = await build({
    entryPoints: [join(PACKAGE, 'src/index.ts')],
    ...{ bundle: true, format: 'esm', target: 'es2022', write: false },
  });
  const pages = createServer(({ url }, response) => {
    if (url === '/dist/index.js') response.setHeader('content-type', 'text/javascript').end(outputFiles[0]?.text);
    else response.setHeader('content-type', 'text/html').end(readFileSync(join(PACKAGE, 'examples/browser.html')));
  });
  await once(pages.listen(0, '127.0.0.1'), 'listening');
  return pages;
}

(hasBrowser() ? describe : describe.skip)('in Chromium', () => {
  const keys = createKeysFile();
  let browser: Browser;
  let pages: Server;
  let server: TestServer;
  let page: Page;

  beforeAll(async () => {
    [browser, pages, server] = await Promise.all([launchBrowser(), servePage(), startTestServer()]);
    page = await browser.newPage();
    const { port } = pages.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/examples/?server=${encodeURIComponent(server.webSocketUrl)}`);
    await page.getByText('connected', { exact: true }).waitFor();
  });

  afterAll(async () => {
    await browser.close();
    await server.stop();
    pages.close();
    pages.closeAllConnections();
    keys.remove();
  });

  it('the example page chats, and shows the team’s pushes', async () => {
    await page.getByLabel('Message').fill('Hello');
    await page.keyboard.press('Enter');
    await page.getByText('Echo: Hello').waitFor();
    const { body } = await call('GET', `${server.httpUrl}/clients`);
    const [{ client_id }] = body.clients;
    await call('POST', `${server.httpUrl}/send_message`, { client_id, content: 'From the team' });
    await page.getByText('From the team').waitFor();
  });

  it('a page connects with a token as a subprotocol', async () => {
    const guarded = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
    try {
      const authorization = `Bearer ${keys.read().api_key.current}`;
      const { body } = await call('POST', `${guarded.httpUrl}/tokens`, {}, { authorization });
      // As text, because the module belongs to the page.
      const content = await page.evaluate(`import('/dist/index.js').then(async ({ createClient }) => {
        const client = createClient({ url: '${guarded.webSocketUrl}', token: () => '${body.token}' });
        await client.connect();
        const { content } = await client.chat('Hello');
        await client.close();
        return content;
      })`);
      expect(content).toBe('Echo: Hello');
    } finally {
      await guarded.stop();
    }
  });
});
