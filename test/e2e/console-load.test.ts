/** How often the console calls the API while many clients connect. */
import type { Browser } from 'playwright-core';
import { hasBrowser, launchBrowser, openWatched } from '../support/browser';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

/** Replaces the page's event stream by one that the test writes. */
const OWN_STREAM = `{
  const realFetch = window.fetch;
  let stream;
  window.tellOfChange = (event) => stream.enqueue(new TextEncoder().encode('event: ' + event + '\\ndata: {}\\n\\n'));
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
      await page.evaluate('tellOfChange("list")');
      await page.clock.runFor(125);
    }
    await page.clock.runFor(1_000);
    await page.getByText('Shown: 1 of 1').waitFor();
    const made = reads() - before;
    await client.close();
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(seconds + 1);
  });

  it('reads the open client at most once a second, and not once another view is open', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { page, requests } = await openWatched(browser, { locale: 'en' });
    const path = `${server.httpUrl}/clients/${client.clientId}`;
    const reads = () => requests.filter((url) => url === path).length;
    await page.clock.install();
    await page.addInitScript(OWN_STREAM);
    await page.goto(`${server.httpUrl}/console#/clients/${client.clientId}`);
    await page.getByRole('heading', { name: client.clientId }).waitFor();
    await page.waitForFunction('window.isListening');
    await page.clock.pauseAt(Date.now() + 60_000);
    const before = reads();
    const seconds = 10;
    for (let event = 0; event < 8 * seconds; event++) {
      await page.evaluate('tellOfChange("client")');
      await page.clock.runFor(125);
    }
    const made = reads() - before;
    expect(made).toBeGreaterThan(1);
    expect(made).toBeLessThanOrEqual(seconds + 1);

    await page.evaluate('tellOfChange("client")');
    await page.getByRole('link', { name: 'Groups' }).click();
    await page.getByRole('heading', { name: 'Groups' }).waitFor();
    const after = reads();
    await page.clock.runFor(30_000);
    expect(reads()).toBe(after);
    await client.close();
  });

  it('reads the members of a group only while the list of clients is shown', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    await call('PUT', `${server.httpUrl}/groups/drivers/clients/${client.clientId}`);
    const { page, requests } = await openWatched(browser, { locale: 'en' });
    const reads = () => requests.filter((url) => url.includes('group=drivers')).length;
    await page.clock.install();
    await page.goto(`${server.httpUrl}/console`);
    const filter = page.getByRole('searchbox', { name: 'Only members of the group' });
    await filter.fill('drivers');
    await filter.press('Enter');
    await page.getByText('Shown: 1 of 1').waitFor();
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('heading', { name: 'Events' }).waitFor();
    const before = reads();
    await page.clock.runFor(30_000);
    expect(reads()).toBe(before);

    await page.getByRole('link', { name: 'Clients' }).click();
    await page.getByText('Shown: 1 of 1').waitFor();
    await page.clock.runFor(1_000);
    while (reads() === before) await new Promise((resolve) => setTimeout(resolve, 20));
    await client.close();
  });
});
