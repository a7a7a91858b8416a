/** The console's views of clients, messages and broadcasts, in a browser. */
import type { Browser, Page } from 'playwright-core';
import { hasBrowser, launchBrowser, openWatched } from '../support/browser';
import { call } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

(hasBrowser() ? describe : describe.skip)('the console', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const open = () => openWatched(browser, { viewport: { width: 1_280, height: 900 }, locale: 'en' });

  describe('with open access', () => {
    let server: TestServer;
    let client: TestClient;
    let page: Page;

    beforeAll(async () => {
      server = await startTestServer();
    });
    afterAll(() => server.stop());

    beforeEach(async () => {
      client = await TestClient.connect(server.webSocketUrl);
      ({ page } = await open());
    });
    afterEach(async () => {
      await page.context().close();
      await client.close();
    });

    const openClient = () => page.goto(`${server.httpUrl}/console#/clients/${client.clientId}`);
    const entries = () => page.locator('.messages li.message');

    it('shows messages with the same id as they arrive, each with its own answer', async () => {
      const question = { type: 'chat_message', data: { content: 'Again?' }, message_id: 'm-1' };
      await openClient();
      await page.getByText('Nothing said yet.').waitFor();
      for (const count of [1, 2]) {
        await client.ask(question);
        await page
          .getByText('answered after')
          .nth(count - 1)
          .waitFor();
        expect(await entries().count()).toBe(2 * count);
      }
    });

    it('shows a result of null, and every number digit for digit', async () => {
      const { clientId: client_id } = client;
      const params = '{"id":9007199254740993,"huge":1e400}';
      await call(
        'POST',
        `${server.httpUrl}/call_tool`,
        `{"client_id":"${client_id}","tool_name":"open","params":${params}}`,
      );
      const { call_id } = (await client.nextOf('tool_call')).data;
      await client.ask({ type: 'tool_response', data: { call_id, result: null }, message_id: 'm-1' });
      await openClient();
      await page.getByText('answered after').waitFor();
      expect(await entries().locator('.json').allTextContents()).toEqual([params, 'null']);
    });

    it('shows the state of each call: answered, failed, expired, cancelled, waiting', async () => {
      const begin = async (deadline_seconds: number) => {
        const body = { client_id: client.clientId, tool_name: 'open', deadline_seconds };
        await call('POST', `${server.httpUrl}/call_tool`, body);
        return (await client.nextOf('tool_call')).data.call_id;
      };
      const answer = (call_id: string, outcome: object) =>
        client.ask({ type: 'tool_response', data: { call_id, ...outcome }, message_id: call_id });
      await answer(await begin(60), { result: 'opened' });
      await answer(await begin(60), { error: { code: 'stuck', message: 'The door is stuck.' } });
      const short = await begin(1);
      await call('DELETE', `${server.httpUrl}/calls/${await begin(60)}`);
      await begin(60);
      const statusOf = async (id: string) => (await call('GET', `${server.httpUrl}/calls/${id}`)).body.status;
      while ((await statusOf(short)) !== 'expired') await new Promise(setImmediate);
      await openClient();
      await page.getByText('expired').waitFor();
      await page.getByText('waiting for the client').waitFor();
      const calls = entries().filter({ hasText: /tool_call|tool_response/ });
      const states = /answered|completed|failed|expired|cancelled|waiting for the client/g;
      expect((await calls.allTextContents()).flatMap((text) => text.match(states) ?? [])).toEqual([
        'answered',
        'completed',
        'answered',
        'failed',
        'expired',
        'cancelled',
        'waiting for the client',
      ]);
    });

    it('stays at the end of the conversation when the window gets smaller', async () => {
      for (let count = 0; count < 10; count++) {
        await client.ask({ type: 'chat_message', data: { content: `Message ${count}` }, message_id: `m-${count}` });
      }
      await openClient();
      const isAtEnd = `(() => {
        const { scrollHeight, scrollTop, clientHeight } = document.querySelector('.messages');
        return scrollHeight > clientHeight && scrollHeight - scrollTop - clientHeight < 5;
      })()`;
      await page.getByText('Echo: Message 9').waitFor();
      await eventually(async () => expect(await page.evaluate(isAtEnd)).toBe(true));
      await page.setViewportSize({ width: 1_280, height: 500 });
      await eventually(async () => expect(await page.evaluate(isAtEnd)).toBe(true));
    });

    it('polls if the server has no stream, as on AWS, and misses no message', async () => {
      await page.route(/\/console\/live/, (route) => route.fulfill({ status: 404, json: { detail: 'Unknown path.' } }));
      await openClient();
      await page.getByText('Nothing said yet.').waitFor();
      await client.ask({ type: 'chat_message', data: { content: 'Polled' }, message_id: 'm-1' });
      await page.getByText('Echo: Polled').waitFor();
      expect(await entries().count()).toBe(2);
      await page.getByRole('link', { name: 'Last hour' }).click();
      await page.getByText('Measured by this tab').waitFor();
      await page.getByText('the output DashboardUrl').waitFor();
      await page.getByText('Connected clients: now 1, lowest 1, highest 1').waitFor();
    });

    it('follows a background broadcast until it is complete', async () => {
      const counts = { broadcast_id: 'b-1', recipients: 2_000, gone: 3 };
      const looks = [
        { ...counts, status: 'running', delivered: 500, failed: 0 },
        { ...counts, status: 'completed', delivered: 1_996, failed: 1 },
      ];
      await page.route(/\/broadcast$/, (route) =>
        route.fulfill({ status: 202, json: { status: 'accepted', broadcast_id: 'b-1' } }),
      );
      await page.route(/\/broadcasts\/b-1/, (route) =>
        route.fulfill({ json: looks.length > 1 ? looks.shift() : looks[0] }),
      );
      await page.goto(`${server.httpUrl}/console#/broadcast`);
      await page.getByRole('button', { name: 'Broadcast …' }).click();
      await page.getByRole('button', { name: 'Send to everybody' }).click();
      await page.getByText('Delivered: 500 of 2,000. Gone: 3. Failed: 0.').waitFor();
      await page.locator('li.message').getByText('running').waitFor();
      await page.getByText('Delivered: 1,996 of 2,000. Gone: 3. Failed: 1.').waitFor();
      await page.locator('li.message').getByText('completed').waitFor();
    });
  });

  describe('with keys', () => {
    let keysFile: KeysFile;
    let server: TestServer;
    let first: string;

    beforeAll(async () => {
      keysFile = createKeysFile();
      server = await startTestServer({ AUTH: 'token', KEYS_FILE: keysFile.path });
      first = keysFile.read().api_key.current;
    });
    afterAll(async () => {
      await server.stop();
      keysFile.remove();
    });

    const post = async (path: string, body: object) =>
      (await call('POST', server.httpUrl + path, body, { authorization: `Bearer ${first}` })).body;

    async function connect(request: object): Promise<TestClient> {
      const { token } = await post('/tokens', request);
      return TestClient.connect(`${server.webSocketUrl}?token=${token}`);
    }

    async function signIn(page: Page, key: string): Promise<void> {
      await page.getByLabel('API key').fill(key);
      await page.keyboard.press('Enter');
    }

    it('shows a client’s labels, groups, position and tools', async () => {
      const client = await connect({ client_id: 'van-7', labels: ['acme', 'berlin'], groups: ['drivers'] });
      const tools = [{ name: 'open_page', description: 'Opens a page.' }];
      await client.ask({ type: 'register_tools', data: { tools }, message_id: 'm-1' });
      await client.ask({ type: 'chat_message', data: { content: 'One' }, message_id: 'm-2' });
      await client.ask({ type: 'chat_message', data: { content: 'Two' }, message_id: 'm-3' });
      await client.ask({ type: 'ping', ack: 1, message_id: 'm-4' });
      const { page } = await open();
      await page.goto(`${server.httpUrl}/console`);
      await signIn(page, first);
      const row = page.locator('.row', { hasText: 'van-7' });
      await row.getByText('Messages: 4, last active').waitFor();
      expect(await row.locator('.tag').allTextContents()).toEqual(['1 unacknowledged', 'acme', 'berlin']);
      await row.click();
      await page.locator('.facts').waitFor();
      const facts = await page
        .locator('.facts > div')
        .evaluateAll((pairs) => pairs.map((pair) => [...pair.children].map((part) => part.textContent).join(': ')));
      expect(facts).toEqual([
        expect.stringMatching(/^Connected since: .*\(.*(ago|now)\)$/),
        expect.stringMatching(/^Last activity: .*\(.*(ago|now)\)$/),
        'Messages received: 4',
        'Position (last seq): 2',
        'Acknowledged up to: 1',
        'Unacknowledged: 1',
        'Labels: acmeberlin',
        'Groups: drivers',
        'Tools: open_page',
      ]);
      await page.locator('.facts').getByRole('link', { name: 'drivers' }).click();
      await page.getByText('Members shown: 1. Online: 1.').waitFor();
      await page.context().close();
      await client.close();
    });

    it('says in each view that a key may not read it', async () => {
      const { key } = await post('/keys', { name: 'pushes', scopes: ['push'] });
      const { page } = await open();
      await page.goto(`${server.httpUrl}/console`);
      await signIn(page, key);
      const denied = page.getByText('This call needs a key with the scope read; this key has push.');
      for (const view of ['clients/van-7', 'events', 'hour']) {
        await page.goto(`${server.httpUrl}/console#/${view}`);
        await denied.first().waitFor();
      }
      expect(await page.getByText('Loading').count()).toBe(0);
      await page.getByText('Problems: 1').waitFor();
      await page.context().close();
    });

    it('measures the last hour itself if the key may not read the stream', async () => {
      const { key } = await post('/keys', { name: 'acme', scopes: ['read'], labels: ['acme'] });
      const { page } = await open();
      await page.goto(`${server.httpUrl}/console#/hour`);
      await signIn(page, key);
      await page.getByText('Measured by this tab').waitFor();
      await page.getByText('Connected clients: now 0').waitFor();
      expect(await page.getByText('DashboardUrl').count()).toBe(0);
      await page.context().close();
    });

    it('shows nothing that the former key had read', async () => {
      const client = await connect({ client_id: 'van-8', labels: ['acme'] });
      const { key } = await post('/keys', { name: 'bolt', scopes: ['read'], labels: ['bolt'] });
      const { page } = await open();
      await page.goto(`${server.httpUrl}/console`);
      await signIn(page, first);
      await page.getByText('van-8').waitFor();
      await page.getByText('Connected: 1').waitFor();
      await page.getByRole('button', { name: 'Forget the key' }).click();
      await page.getByLabel('API key').waitFor();
      expect(await page.getByText('Connected: 1').count()).toBe(0);
      await page.route(/\/(status|clients\?.*)$/, () => {}); // no answer yet
      await signIn(page, key);
      await page.getByText('Loading').waitFor();
      expect(await page.getByText('van-8').count()).toBe(0);
      expect(await page.getByText('Connected: 1').count()).toBe(0);
      await page.context().close();
      await client.close();
    });
  });
});
