/** Console scenes for `npm run screenshots`. */
import type { Page } from 'playwright-core';
import { busyClient, fakeClients, fakeFailedEvents, fillGroup } from '../test/support/console-scene';
import { call } from '../test/support/http';

export interface ConsoleUrls {
  webSocketUrl: string;
  httpUrl: string;
}

/** Each leaves the page ready for its screenshot. */
export const CONSOLE_SCENES: Readonly<Record<string, (page: Page, urls: ConsoleUrls) => Promise<void>>> = {
  async empty(page, { httpUrl }) {
    await page.goto(`${httpUrl}/console`);
    await page.getByText(/No client is connected|没有客户端连接/).waitFor();
  },

  async client(page, urls) {
    const { client } = await busyClient(urls);
    await call('PUT', `${urls.httpUrl}/groups/drivers/clients/${client.clientId}`);
    await page.goto(`${urls.httpUrl}/console#/clients/${client.clientId}`);
    await page.locator('.progress progress').waitFor();
    await page.locator('.row').first().waitFor({ state: 'attached' });
  },

  async many(page, { httpUrl }) {
    await fakeClients(page, 10_000);
    await page.goto(`${httpUrl}/console`);
    await page
      .getByText(/10,000/)
      .first()
      .waitFor();
    await page.keyboard.press('Tab');
  },

  async groups(page, urls) {
    for (const group of ['drivers', 'acme:team', 'room:42']) await fillGroup(urls, group);
    await page.goto(`${urls.httpUrl}/console#/groups`);
    await page.locator('.entry').nth(2).waitFor();
  },

  async group(page, urls) {
    await fillGroup(urls, 'drivers');
    await page.goto(`${urls.httpUrl}/console#/groups/drivers`);
    await page.locator('.entry').nth(2).waitFor();
    await page.locator('button[type=submit]').click();
    await page.locator('dialog .danger').click();
    await page.locator('li.message').first().waitFor();
  },

  /** The list of clients, filtered by a group. */
  async members(page, urls) {
    await fillGroup(urls, 'drivers');
    await page.goto(`${urls.httpUrl}/console`);
    await page.locator('.filters input').nth(1).fill('drivers');
    await Promise.all([page.waitForResponse(/group=drivers/), page.keyboard.press('Enter')]);
    await page.locator('.row').nth(1).waitFor();
  },

  async broadcast(page, { httpUrl }) {
    await page.goto(`${httpUrl}/console#/broadcast`);
    await page.locator('textarea').fill('{"message": "Maintenance at 22:00"}');
    await page.locator('button[type=submit]').click();
    await page.locator('dialog .danger').click();
    await page.locator('li.message').first().waitFor();
  },

  async question(page, { httpUrl }) {
    await page.goto(`${httpUrl}/console#/broadcast`);
    await page.locator('button[type=submit]').click();
    await page.locator('dialog').waitFor();
  },

  async events(page, { httpUrl }) {
    await fakeFailedEvents(page);
    await page.goto(`${httpUrl}/console#/events`);
    await page.locator('li.message').nth(3).waitFor();
  },

  /** A reply in progress. */
  async reply(page, urls) {
    const { client } = await busyClient(urls);
    const replies = [{ id: 1, since: new Date().toISOString(), question: 'And when?', content: 'It should arrive' }];
    await page.route(/\/console\/live/, (route) =>
      route.fulfill({
        contentType: 'text/event-stream',
        body: `event: replies\ndata: ${JSON.stringify({ client_id: client.clientId, replies })}\n\n`,
      }),
    );
    await page.goto(`${urls.httpUrl}/console#/clients/${client.clientId}`);
    await page.getByText('It should arrive').waitFor();
  },

  async hour(page, { httpUrl }) {
    await page.goto(`${httpUrl}/console#/hour`);
    await page
      .getByText(/now|现在/)
      .first()
      .waitFor();
    await page.route('**/status', (route) =>
      route.fulfill({ status: 503, json: { detail: 'The store does not answer.' } }),
    );
    await page.locator('.warning').waitFor({ timeout: 15_000 });
  },

  /** The view of the last hour on a server without a stream of events, such as one on AWS. */
  async polled(page, { httpUrl }) {
    await page.route(/\/console\/live/, (route) => route.fulfill({ status: 404, json: { detail: 'Unknown path.' } }));
    await page.goto(`${httpUrl}/console#/hour`);
    await page.getByText(/DashboardUrl/).waitFor();
    await page
      .getByText(/now \d|现在 \d/)
      .first()
      .waitFor();
  },

  async key(page, { httpUrl }) {
    await page.route('**/status', (route) => route.fulfill({ status: 401, json: { message: 'Unauthorized' } }));
    await page.goto(`${httpUrl}/console`);
    await page.locator('input[type=password]').waitFor();
  },
};
