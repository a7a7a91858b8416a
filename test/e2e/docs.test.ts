import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { clientMessages } from '../../lambdas/protocol/client-messages';
import { httpCalls } from '../../lambdas/protocol/http-calls';
import { serverMessages } from '../../lambdas/protocol/server-schemas';
import { hasBrowser, launchBrowser, openWatched, type WatchedPage } from '../support/browser';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

/** `errors` also contains failed requests and console errors. */
async function openDocs(browser: Browser, httpUrl: string, width = 1280): Promise<WatchedPage> {
  const watched = await openWatched(browser, { viewport: { width, height: 1000 } });
  const { page, errors } = watched;
  page.on('requestfailed', (request) => errors.push(`${request.url()} failed`));
  page.on('response', (response) => response.status() >= 400 && errors.push(`${response.url()} ${response.status()}`));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(`${httpUrl}/docs`);
  await page.locator('.opblock').first().waitFor();
  return watched;
}

(hasBrowser() ? describe : describe.skip)('the page at /docs', () => {
  let server: TestServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('shows every call, with assets only from this server, and without an error', async () => {
    const { page, requests, errors } = await openDocs(browser, server.httpUrl);
    const shown = await page.locator('.opblock-summary').evaluateAll((rows) =>
      rows.map((row) => {
        const method = row.querySelector('.opblock-summary-method')?.textContent;
        const path = row.querySelector('.opblock-summary-path')?.getAttribute('data-path');
        return `${method} ${path}`;
      }),
    );
    await page.screenshot({ path: '.cache/docs.png', fullPage: true });
    expect(shown.sort()).toEqual(Object.keys(httpCalls).sort());
    expect(requests.length).toBeGreaterThan(3);
    expect(requests.filter((url) => !url.startsWith(`${server.httpUrl}/`) && !url.startsWith('data:'))).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('links to the description of the WebSocket API', async () => {
    const { page } = await openDocs(browser, server.httpUrl);
    await page.getByRole('link', { name: 'asyncapi.json', exact: true }).click();
    await page.waitForURL(`${server.httpUrl}/asyncapi.json`);
    expect(await page.locator('body').textContent()).toContain('"asyncapi":"3.0.0"');
  });

  it('begins with the calls, and leaves the table of messages to the section about them', async () => {
    const { page } = await openDocs(browser, server.httpUrl);
    expect(await page.locator('.info').getByText('RFC 9457').count()).toBe(1);
    expect(await page.locator('.info table').count()).toBe(0);
  });

  it('has an example of each message, which the page can send over a connection', async () => {
    const { page, requests, errors } = await openDocs(browser, server.httpUrl);
    const shown = await page.locator('#messages summary > code:first-child').allTextContents();
    expect(shown.sort()).toEqual([...Object.keys(clientMessages), ...Object.keys(serverMessages)].sort());
    const frames = page.getByRole('log', { name: 'Frames' });
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await frames.getByText('"connection_established"').waitFor();
    for (const type of ['chat_message', 'resume']) {
      const message = page.locator('#messages details', { hasText: type }).first();
      await message.locator('summary').click();
      await message.getByRole('button', { name: 'Send' }).click();
    }
    await frames.getByText('Echo: Hello').waitFor();
    await frames.getByText('"recovered":true').waitFor();
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
    await frames.getByText('Closed with 1000.').waitFor();
    await page.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.locator('html.dark-mode').count()).toBe(colorScheme === 'dark' ? 1 : 0);
      const { violations } = (await page.evaluate("axe.run({ include: ['nav', '#messages'] })")) as axe.AxeResults;
      expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
    }
    expect(requests.filter((url) => !url.startsWith(`${server.httpUrl}/`) && !url.startsWith('data:'))).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('uses the id of a connected client in its examples', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { page } = await openDocs(browser, server.httpUrl);
    await page.locator('[data-path="/send_message"]').click();
    await page.locator('.opblock.is-open .opblock-section-request-body').getByText(client.clientId).waitFor();
    await client.close();
  });

  /** The value of the form field for `client_id` in the path. */
  async function formValue(page: Page, path: string): Promise<string> {
    const operation = page.locator('.opblock', { has: page.locator(`[data-path="${path}"]`) }).first();
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    const value = await operation.locator('tr[data-param-name="client_id"] input').inputValue();
    await operation.locator('.opblock-summary-control').click();
    return value;
  }

  it('fills in the client that the page has connected, and another one when that has left', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { page, errors } = await openDocs(browser, server.httpUrl);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    const greeting = page.locator('#messages .frames').getByText('"connection_established"');
    const { data } = JSON.parse(((await greeting.textContent()) ?? '').replace('← ', ''));
    expect(data.client_id).not.toBe(client.clientId);
    await page.locator('[data-path="/call_tool"]').click();
    const body = page.locator('.opblock.is-open .opblock-section-request-body');
    await body.getByText(data.client_id).waitFor();
    expect(await formValue(page, '/clients/{client_id}')).toBe(data.client_id);
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
    await body.getByText(client.clientId).waitFor();
    expect(await formValue(page, '/clients/{client_id}/messages')).toBe(client.clientId);
    await client.close();
    expect(errors).toEqual([]);
  });

  it('sends each message with its own message_id, or the typed one, and shows its answer next to it', async () => {
    const { page, errors } = await openDocs(browser, server.httpUrl);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    const chat = page.locator('#messages details', { hasText: 'chat_message' }).first();
    await chat.locator('summary').click();
    const text = chat.getByLabel('chat_message, as JSON');
    const send = chat.getByRole('button', { name: 'Send' });
    await text.fill('{"type": "chat_message", "data": {"content": "One"}}');
    await send.click();
    await chat.locator('output').getByText('"reply_to":"docs-1"').getByText('Echo: One').waitFor();
    await text.fill('{"type": "chat_message", "data": {"content": "Two"}}');
    await send.click();
    await chat.locator('output').getByText('"reply_to":"docs-2"').getByText('Echo: Two').waitFor();
    await chat.getByLabel('message_id').fill('my-own');
    await send.click();
    await chat.locator('output').getByText('"reply_to":"my-own"').getByText('Echo: Two').waitFor();
    expect(await chat.locator('output').getByText('docs-2').count()).toBe(0);
    const ping = page.locator('#messages details', { hasText: 'ping' }).first();
    await ping.locator('summary').click();
    await ping.getByRole('button', { name: 'Send' }).click();
    await ping.locator('output').getByText('"type":"pong"').waitFor();
    expect(await chat.locator('output').getByText('pong').count()).toBe(0);
    await text.fill('no JSON');
    await send.click();
    await page.locator('#messages .frames').getByText('invalid_json').waitFor();
    expect(await chat.locator('output').count()).toBe(0);
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
    await page.locator('#messages .frames').getByText('Closed with 1000.').waitFor();
    expect(errors).toEqual([]);
  });

  it('has no padlock without access control', async () => {
    const { page } = await openDocs(browser, server.httpUrl);
    expect(await page.locator('svg.locked, svg.unlocked').count()).toBe(0);
  });

  it('fits the width of a phone', async () => {
    const { page, errors } = await openDocs(browser, server.httpUrl, 360);
    await page.locator('[data-path="/send_message"]').click();
    await page.locator('.responses-table').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(errors).toEqual([]);
  });

  it('tries out a call', async () => {
    const { page, requests, errors } = await openDocs(browser, server.httpUrl);
    const operation = page.locator('.opblock', { has: page.locator('[data-path="/status"]') });
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table');
    await answer.waitFor();
    expect(await answer.locator('.response-col_status').last().textContent()).toMatch(/^200/);
    expect(await answer.textContent()).toContain('"connected_clients": 0');
    expect(requests).toContain(`${server.httpUrl}/status`);
    expect(errors).toEqual([]);
  });

  it('tries out a protected call, once it has the API key', async () => {
    const keys = createKeysFile();
    const guarded = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
    const { page } = await openDocs(browser, guarded.httpUrl);
    const authorization = `Bearer ${keys.read().api_key.current}`;
    const { token } = (await call('POST', `${guarded.httpUrl}/tokens`, {}, { authorization })).body;
    const client = await TestClient.connect(`${guarded.webSocketUrl}?token=${token}`);
    const operation = page.locator('.opblock', { has: page.locator('[data-path="/status"]') });
    const status = operation.locator('.live-responses-table .response-col_status').last();
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await status.filter({ hasText: '401' }).waitFor();
    const open = Object.values(httpCalls).filter(({ access }) => access === 'open');
    expect(await page.locator('.opblock:not(:has(svg.unlocked))').count()).toBe(open.length);
    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    await page.getByLabel('auth-bearer-value').fill(keys.read().api_key.current);
    await page.screenshot({ path: '.cache/docs-authorize.png' });
    await page.getByRole('button', { name: 'Apply credentials' }).click();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await status.filter({ hasText: '200' }).waitFor();
    await page.locator('[data-path="/send_message"]').click();
    await page.locator('.opblock-section-request-body').getByText(client.clientId).waitFor();
    await client.close();
    await guarded.stop();
    keys.remove();
  });

  it('shows the schema of each answer', async () => {
    const { page } = await openDocs(browser, server.httpUrl);
    const operation = page.locator('.opblock', { has: page.locator('[data-path="/clients/{client_id}"]') }).first();
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('.responses-table .example').first().waitFor();
    expect(await operation.locator('.responses-table .example').first().textContent()).toContain('"last_activity"');
  });
});
