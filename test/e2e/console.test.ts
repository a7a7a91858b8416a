/** The console at /console, in a browser: the whole tour by keyboard, and what holds in every state. */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { CONSOLE_SCENES } from '../../scripts/console-shots';
import { hasBrowser, launchBrowser, openWatched } from '../support/browser';
import { busyClient, fakeClients, fakeFailedEvents } from '../support/console-scene';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { createScriptedResponder } from '../support/scripted-responder';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';

/** The accessible name of the focused element. */
const FOCUSED_NAME = `(() => {
  const { activeElement } = document;
  return activeElement.ariaLabel ?? activeElement.labels?.[0]?.textContent ?? activeElement.textContent;
})()`;

(hasBrowser() ? describe : describe.skip)('the console', () => {
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

  const open = (locale = 'en') => openWatched(browser, { viewport: { width: 1_280, height: 900 }, locale });

  /** Presses Tab until the element with this accessible name has the focus. */
  async function tabTo(page: Page, name: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      const label = (await page.evaluate(FOCUSED_NAME)) as string;
      if (label.trim().startsWith(name)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not lead to ${name}`);
  }

  it('is at most 60 KB compressed, and requests nothing from other hosts', async () => {
    const { page, requests } = await open();
    await page.goto(`${server.httpUrl}/console`);
    await page.getByText('No client is connected.').waitFor();
    const files = [...new Set(requests)].filter((url) => /\/console(\/[a-z.]+)?$/.test(url));
    const sizes = await Promise.all(
      files.map(async (url) => {
        const { headers } = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
        return Number(headers.get('content-length'));
      }),
    );
    expect(files.length).toBe(3);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(60 * 1_024);
    expect(requests.filter((url) => !url.startsWith(`${server.httpUrl}/`) && !url.startsWith('data:'))).toEqual([]);
  });

  it('can be used by keyboard alone: find, read, send, call, cancel, broadcast, disconnect, groups', async () => {
    const { client, pending } = await busyClient(server);
    const { page, errors } = await open();
    await page.goto(`${server.httpUrl}/console`);
    await page.locator('.row').first().waitFor();

    await tabTo(page, 'Search');
    await page.keyboard.type(client.clientId.slice(0, 8));
    await page.getByText('Shown: 1 of 1').waitFor();
    await tabTo(page, 'Clients. ');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('Is my parcel on its way?', { exact: true }).waitFor();
    expect(await page.getByText('Echo: Is my parcel on its way?').count()).toBe(1);
    expect(await page.locator(':focus').textContent()).toBe(client.clientId);

    await tabTo(page, 'Cancel the call');
    await page.keyboard.press('Enter');
    expect((await client.nextOf('tool_cancel')).data.call_id).toBe(pending);

    await tabTo(page, 'Message');
    await page.keyboard.type('By keyboard');
    await tabTo(page, 'Send');
    await page.keyboard.press('Enter');
    const pushed = await client.nextOf('chat_message');
    expect(pushed.data).toEqual({ content: 'By keyboard', from_api: true });
    await page.locator('.messages').getByText('By keyboard').waitFor();

    await tabTo(page, 'page');
    await page.keyboard.type('12345678901234567890');
    await tabTo(page, 'Call');
    await page.keyboard.press('Enter');
    const called = await client.nextOf('tool_call');
    expect(called.data).toMatchObject({ tool_name: 'open_page', params: { zoom: 1.5, reload: false } });
    client.send({ type: 'tool_response', data: { call_id: called.data.call_id, result: 'page is open' } });
    await page.locator('.messages').getByText('page is open').waitFor();

    await tabTo(page, 'Disconnect');
    await page.keyboard.press('Enter');
    await page.locator('dialog :focus').waitFor();
    await tabTo(page, 'Disconnect');
    await page.keyboard.press('Enter');
    expect((await client.nextOf('connection_closing')).data.reason).toBe('removed');
    await page.getByText('This client is not connected.').waitFor();

    const other = await TestClient.connect(server.webSocketUrl);
    await tabTo(page, 'Broadcast');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Message type');
    await tabTo(page, 'Broadcast …');
    await page.keyboard.press('Enter');
    await page.locator('dialog :focus').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect((await other.nextOf('notification')).data).toEqual({ message: '' });
    await page.getByText('Delivered: 1 of 1. Gone: 0. Failed: 0.').waitFor();

    await call('PUT', `${server.httpUrl}/groups/drivers/clients/${other.clientId}`);
    await tabTo(page, 'Groups');
    await page.keyboard.press('Enter');
    await page.getByText('Members: 1').waitFor();
    await tabTo(page, 'drivers');
    await page.keyboard.press('Enter');
    await page.getByText('Members shown: 1. Online: 1.').waitFor();
    await tabTo(page, 'Send …');
    await page.keyboard.press('Enter');
    await page.locator('dialog :focus').waitFor();
    await tabTo(page, 'Send to the group');
    await page.keyboard.press('Enter');
    expect((await other.nextOf('notification')).group).toBe('drivers');
    await other.close();
    expect(errors).toEqual([]);
  });

  it('names the wrong field of a call, and sends nothing', async () => {
    const { client } = await busyClient(server);
    const { page } = await open();
    const calls: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && calls.push(request.url()));
    await page.goto(`${server.httpUrl}/console#/clients/${client.clientId}`);
    const button = page.getByRole('button', { name: 'Call', exact: true });
    await button.click();
    await page.getByText('page: required.').waitFor();
    await page.getByLabel('page required').fill('seven');
    await button.click();
    await page.getByText('page: expected a whole number.').waitFor();
    await client.close();
    expect(calls).toEqual([]);
  });

  it('shows a client’s message as it arrives', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    const { page } = await open();
    await page.goto(`${server.httpUrl}/console#/clients/${client.clientId}`);
    await page.getByText('Nothing said yet.').waitFor();
    await client.ask({ type: 'chat_message', data: { content: '<b>just now</b>' }, message_id: 'm-1' });
    await page.getByText('<b>just now</b>', { exact: true }).waitFor();
    await client.close();
    await page.getByText('This client is not connected.').waitFor();
    await page.getByText('No client is connected.').waitFor();
  });

  it('shows a reply while it is generated, and the server’s counts of the last hour', async () => {
    const responder = createScriptedResponder();
    const own = await startTestServer({}, { app: { ...testApp, responder } });
    const client = await TestClient.connect(own.webSocketUrl);
    const { page, errors } = await open();
    await page.goto(`${own.httpUrl}/console#/clients/${client.clientId}`);
    await page.getByText('Nothing said yet.').waitFor();
    client.send({ type: 'chat_message', data: { content: 'When?' }, message_id: 'q' });
    const answer = await responder.next();
    answer.say('In an ');
    await page.getByText('in progress, started').waitFor();
    answer.say('hour');
    await page.getByText('In an hour', { exact: true }).waitFor();
    answer.end();
    await page.getByText('answered after').waitFor();
    await page.getByText('in progress, started').waitFor({ state: 'detached' });
    expect(await page.locator('.messages').getByText('In an hour').count()).toBe(1);

    await client.ask({ type: 'unheard_of' });
    await page.getByRole('link', { name: 'Last hour' }).click();
    await page.getByText('What the server has counted').waitFor();
    await page.getByText('unsupported_type').waitFor();
    await client.close();
    await page.context().close();
    await own.stop();
    expect(errors).toEqual([]);
  });

  it('sends a message to a group', async () => {
    const [member, other] = [
      await TestClient.connect(server.webSocketUrl),
      await TestClient.connect(server.webSocketUrl),
    ];
    await call('PUT', `${server.httpUrl}/groups/drivers/clients/${member.clientId}`);
    const { page } = await open();
    await page.goto(`${server.httpUrl}/console#/broadcast`);
    await page.getByLabel('Group').fill('drivers');
    await page.getByRole('button', { name: 'Broadcast …' }).click();
    await page.getByRole('button', { name: 'Send to the group' }).click();
    await page.getByText('Delivered: 1 of 1. Gone: 0. Failed: 0.').waitFor();
    expect((await member.nextOf('notification')).data).toEqual({ message: '' });
    other.send({ type: 'ping' });
    expect((await other.next()).type).toBe('pong');
    await member.close();
    await other.close();
    await page.context().close();
  });

  it('shows events that a receiver did not accept, and replays one or all', async () => {
    const { page } = await open();
    await fakeFailedEvents(page);
    const asked: unknown[] = [];
    await page.route(/\/events\/replay/, (route) => {
      asked.push(route.request().postDataJSON());
      return route.fulfill({ status: 202, json: { status: 'accepted', replayed: 1 } });
    });
    await page.goto(`${server.httpUrl}/console#/events`);
    await page.getByText('Delivered since the start: 20. Waiting: 3. Failed: 2.').waitFor();
    await page.getByRole('button', { name: 'Send again' }).first().click();
    await page.getByText('Events sent again: 1.').waitFor();
    const all = page.getByRole('button', { name: 'Send all again to billing' });
    await Promise.all([page.waitForRequest(/replay/), all.click()]);
    expect(asked).toEqual([{ receiver: 'billing', event_ids: ['event-1'] }, { receiver: 'billing' }]);
    await page.context().close();
  });

  it('says if no receiver of events is configured', async () => {
    const { page } = await open();
    await page.goto(`${server.httpUrl}/console#/events`);
    await page.getByText('Events are off.').waitFor();
    await page.context().close();
  });

  it('renders only as many rows for 10,000 clients as fit', async () => {
    const { page } = await open();
    await fakeClients(page, 10_000);
    await page.goto(`${server.httpUrl}/console`);
    await page.getByText('Shown: 10,000 of 10,000').waitFor();
    const last = '00009999-0000-4000-8000-000000000000';
    expect(await page.locator('.row').count()).toBeLessThan(40);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('End');
    await page.getByRole('option', { name: last }).waitFor();
    expect(await page.getByRole('option', { name: last }).getAttribute('aria-posinset')).toBe('10000');
    expect(await page.locator('.row').count()).toBeLessThan(40);
    await page.getByRole('searchbox', { name: 'Search' }).fill('00001234');
    await page.getByText('Shown: 1 of 10,000').waitFor();
    expect(await page.locator('.row .id').allTextContents()).toEqual(['00001234-0000-4000-8000-000000000000']);
  });

  it('asks for the key if access is restricted, keeps it for this tab, and forgets it', async () => {
    const keys = createKeysFile();
    const guarded = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
    const { page, requests } = await open();
    await page.goto(`${guarded.httpUrl}/console`);
    const field = page.getByLabel('API key');
    await field.fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The server does not accept this key.').waitFor();
    await field.fill(keys.read().api_key.current);
    await page.keyboard.press('Enter');
    await page.getByText('No client is connected.').waitFor();
    await page.reload();
    await page.getByText('No client is connected.').waitFor();
    const other = await page.context().newPage();
    await other.goto(`${guarded.httpUrl}/console`);
    await other.getByLabel('API key').waitFor();
    expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toContain(
      keys.read().api_key.current,
    );
    expect(requests.filter((url) => url.includes(keys.read().api_key.current))).toEqual([]);
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await guarded.stop();
    keys.remove();
  });

  it('links to the example client, which connects to this server', async () => {
    const { page, errors } = await open();
    await page.goto(`${server.httpUrl}/console`);
    await page.getByRole('link', { name: 'open the example client' }).click();
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByLabel('Message', { exact: true }).fill('Hello');
    await page.keyboard.press('Enter');
    await page.getByText('Echo: Hello', { exact: true }).waitFor();
    await page.context().close();
    expect(errors).toEqual([]);
  });

  it('is in the browser’s language, and a button switches to the other', async () => {
    const { page } = await open('zh-CN');
    await page.goto(`${server.httpUrl}/console`);
    await page.getByText('没有客户端连接。').waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByText('No client is connected.').waitFor();
    await page.reload();
    await page.getByText('No client is connected.').waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  });

  /** Each language in every second scene. */
  const scenes = Object.keys(CONSOLE_SCENES).map((name, index) => [name, index % 2 === 0 ? 'en' : 'zh-CN'] as const);

  it.each(scenes)('(%s, %s) is accessible according to axe, light and dark, wide and narrow', async (name, locale) => {
    const own = await startTestServer();
    const { page, errors } = await open(locale);
    await CONSOLE_SCENES[name]?.(page, own);
    await page.evaluate(axe.source);
    for (const [colorScheme, width] of [
      ['light', 1_280],
      ['dark', 360],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
      expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    expect(errors).toEqual([]);
    await page.context().close();
    await own.stop();
  });
});
