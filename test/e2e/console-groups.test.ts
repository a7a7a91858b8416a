/** Groups in the console, in a browser: their members, who is online, and messages to them. */
import type { Browser, Page } from 'playwright-core';
import { hasBrowser, launchBrowser, openWatched } from '../support/browser';
import { fillGroup } from '../support/console-scene';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

(hasBrowser() ? describe : describe.skip)('groups in the console', () => {
  let browser: Browser;
  let server: TestServer;
  let members: TestClient[];
  let page: Page;
  let requests: string[];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    server = await startTestServer();
    members = await fillGroup(server, 'drivers');
    ({ page, requests } = await openWatched(browser, { viewport: { width: 1_280, height: 900 }, locale: 'en' }));
  });
  afterEach(async () => {
    await page.context().close();
    for (const member of members) await member.close();
    await server.stop();
  });

  const entries = () => page.locator('.members .entry').evaluateAll((all) => all.map((one) => one.textContent));

  it('lists the groups, links to a group’s members, and shows who is online', async () => {
    await fillGroup(server, 'room:42');
    const [first, second] = members.map(({ clientId }) => clientId).sort();
    await page.goto(`${server.httpUrl}/console`);
    await page.getByRole('link', { name: 'Groups' }).click();
    await page.getByRole('link', { name: 'room:42' }).waitFor();
    expect(await page.locator('.entry').allTextContents()).toEqual(['driversMembers: 3', 'room:42Members: 3']);
    await page.getByRole('link', { name: 'drivers' }).click();
    await page.getByText('Members shown: 3. Online: 2.').waitFor();
    expect(await entries()).toEqual([
      expect.stringContaining(`${first}online`),
      expect.stringContaining(`${second}online`),
      expect.stringContaining('van-9offline'),
    ]);
    expect(await page.locator(':focus').textContent()).toBe('drivers');
    await members[0]?.close();
    await page.getByText('Members shown: 3. Online: 1.').waitFor();
    await page.getByRole('link', { name: 'van-9' }).click();
    await page.getByText('The server has never seen a client with this ID.').waitFor();
  });

  it('reads members page by page', async () => {
    for (let index = 0; index < 150; index++) {
      await call('PUT', `${server.httpUrl}/groups/many/clients/van-${index}`);
    }
    await page.goto(`${server.httpUrl}/console#/groups/many`);
    await page.getByText('Members shown: 100. Online: 0.').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('Members shown: 150. Online: 0.').waitFor();
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  });

  it('sends to the members of a group, and shows the progress there and in the list of broadcasts', async () => {
    const stranger = await TestClient.connect(server.webSocketUrl);
    await page.goto(`${server.httpUrl}/console#/groups/drivers`);
    await page.getByLabel('Data, as JSON').fill('{"message": "Lunch"}');
    await page.getByRole('button', { name: 'Send …' }).click();
    await page.getByRole('button', { name: 'Send to the group' }).click();
    await page.getByText('Delivered: 2 of 2. Gone: 0. Failed: 0.').waitFor();
    for (const member of members) expect((await member.nextOf('notification')).data).toEqual({ message: 'Lunch' });
    expect((await stranger.ask({ type: 'ping' })).type).toBe('pong');
    await page.goto(`${server.httpUrl}/console#/groups/others`);
    await page.getByText('Members shown: 0').waitFor();
    expect(await page.locator('li.message').count()).toBe(0);
    await page.getByRole('link', { name: 'Broadcast' }).click();
    await page.locator('li.message').getByRole('link', { name: 'drivers' }).waitFor();
    await stranger.close();
  });

  it('filters the list of clients by group, and still counts all clients', async () => {
    const stranger = await TestClient.connect(server.webSocketUrl);
    await page.goto(`${server.httpUrl}/console`);
    await page.getByText('Shown: 3 of 3').waitFor();
    const filter = page.getByRole('searchbox', { name: 'Only members of the group' });
    await filter.fill('drivers');
    await filter.press('Enter');
    await page.getByText('Shown: 2 of 2').waitFor();
    const shown = await page.locator('.row .id').allTextContents();
    expect(shown.sort()).toEqual(members.map(({ clientId }) => clientId).sort());
    expect(requests).toContain(`${server.httpUrl}/clients?limit=1000&group=drivers`);
    await page.getByText('Connected: 3').waitFor();
    await members[0]?.close();
    await page.getByText('Shown: 1 of 1').waitFor();
    await filter.fill('nobody');
    await filter.press('Enter');
    await page.getByText('No connected client matches.').waitFor();
    await filter.fill('');
    await filter.press('Enter');
    await page.getByText('Shown: 2 of 2').waitFor();
    await stranger.close();
  });
});
