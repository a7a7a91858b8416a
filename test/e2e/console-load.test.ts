/** How often the console calls the API while many clients connect. */
import type { Browser } from 'playwright-core';
import { hasBrowser, launchBrowser, openWatched } from '../support/browser';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

/** Replaces the page's event stream by one that the test writes. */
const OWN_STREAM = `{
  const realFetch = window.fetch;
  let stream;
  window.tellOfChange = () => stream.enqueue(new TextEncoder().encode('event: list\\ndata: {}\\n\\n'));
  window.fetch = (path, options) => {
    if (!String(path).startsWith('console/live')) return realFetch(path, options);
    const body = new ReadableStream({ start: (controller) => { stream = controller; } });
    window.isListening = true;
    return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
  };
}`;

(hasBrowser() ? describe : describe.skip)('the console while many clients connect', () => {
  let browser: Browser;
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('reads the list at most once a second', async () => {
    const { page, requests } = await openWatched(browser, { locale: 'en' });
    const reads = () => requests.filter((url) => url.includes('/clients?')).length;
    await page.clock.install();
    await page.addInitScript(OWN_STREAM);
    await page.goto(`${server.httpUrl}/console`);
    await page.getByText('No client is connected.').waitFor();
    await page.waitForFunction('window.isListening');
    await page.clock.pauseAt(Date.now() + 60_000);
    const before = reads();
    const client = await TestClient.connect(server.webSocketUrl);
    const seconds = 10;
    for (let event = 0; event < 8 * seconds; event++) {
      await page.evaluate('tellOfChange()');
      await page.clock.runFor(125);
    }
    await page.clock.runFor(1_000);
    await page.getByText('Shown: 1 of 1').waitFor();
    const made = reads() - before;
    await client.close();
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(seconds + 1);
  });
});
