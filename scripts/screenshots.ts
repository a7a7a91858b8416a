/**
 * `npm run screenshots`: takes screenshots of /docs, /console and examples/browser.html, in desktop and phone size, for people to look at
 * in .cache/screenshots/, and the README's pictures in docs/images/. `npm run screenshots -- console` takes only those with that in their
 * path.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page, ViewportSize } from 'playwright-core';
import { startServer } from '../local/server';
import { readSettings } from '../local/settings';
import { createTerminalLog } from '../local/terminal-log';
import { hasBrowser, launchBrowser } from '../test/support/browser';
import { CONSOLE_SCENES, type ConsoleUrls } from './console-shots';

const ROOT = join(__dirname, '..');
const FOLDER = join(ROOT, '.cache/screenshots');
const README_PICTURE = join(ROOT, 'docs/images/browser.png');
const CONSOLE_PICTURE = join(ROOT, 'docs/images/console.png');
const CONSOLE_PHONE_PICTURE = join(ROOT, 'docs/images/console-phone.png');

const DESK: ViewportSize = { width: 1280, height: 900 };
const PHONE: ViewportSize = { width: 390, height: 844 };
const README: ViewportSize = { width: 720, height: 860 };

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

/** The example client during a conversation: a chat, a push from the team, and a broadcast. */
async function converse(page: Page, { httpUrl }: ConsoleUrls): Promise<void> {
  await page.goto(`${httpUrl}/docs/browser.html`);
  await page.getByRole('button', { name: 'Connect' }).click();
  const connected = page.getByText('connected as ');
  await connected.waitFor();
  const clientId = (await connected.textContent())?.split(' ').at(-1);
  await page.getByLabel('Message', { exact: true }).fill('Is my parcel on its way?');
  await page.keyboard.press('Enter');
  await page.getByText('Echo: Is my parcel on its way?', { exact: true }).waitFor();
  await post(`${httpUrl}/send_message`, { client_id: clientId, content: 'It left Hamburg this morning.' });
  await page.getByLabel('Conversation').getByText('It left Hamburg this morning.').waitFor();
  await post(`${httpUrl}/broadcast`, { message_type: 'notification', data: { message: 'Maintenance at 22:00' } });
  await page.getByLabel('Conversation').getByText('Maintenance at 22:00').waitFor();
}

async function readDocs(page: Page, { httpUrl }: ConsoleUrls): Promise<void> {
  await page.goto(`${httpUrl}/docs`);
  await page.locator('.opblock').first().waitFor();
}

async function readOneCall(page: Page, urls: ConsoleUrls): Promise<void> {
  await readDocs(page, urls);
  await page.locator('[data-path="/send_message"]').click();
  await page.locator('.responses-table').first().waitFor();
}

interface Shot {
  path: string;
  viewport: ViewportSize;
  colorScheme?: 'light' | 'dark';
  locale?: string;
  /** The whole page, or one element; default: what the window shows. */
  of?: 'page' | { element: string };
  prepare(page: Page, urls: ConsoleUrls): Promise<void>;
}

/** The box for WebSocket messages, after one exchange. */
async function tryMessages(page: Page, urls: ConsoleUrls): Promise<void> {
  await readDocs(page, urls);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  const message = page.locator('#messages details').first();
  await message.locator('summary').click();
  await message.getByRole('button', { name: 'Send' }).click();
  await page.locator('#messages .frames').getByText('Echo: Hello').waitFor();
}

const OPEN_CALL = { element: '.opblock.is-open' };

function consoleOf(scene: string): Shot['prepare'] {
  return async (page, urls) => CONSOLE_SCENES[scene]?.(page, urls);
}

const consoleShots = Object.entries(CONSOLE_SCENES).flatMap(([name, prepare]): Shot[] => [
  { path: join(FOLDER, `console-${name}-desk.png`), viewport: DESK, prepare },
  {
    path: join(FOLDER, `console-${name}-desk-dark.png`),
    viewport: DESK,
    colorScheme: 'dark',
    locale: 'zh-CN',
    prepare,
  },
  { path: join(FOLDER, `console-${name}-phone.png`), viewport: PHONE, prepare },
]);

const SHOTS: readonly Shot[] = [
  ...consoleShots,
  { path: CONSOLE_PICTURE, viewport: DESK, prepare: consoleOf('client') },
  { path: CONSOLE_PHONE_PICTURE, viewport: PHONE, colorScheme: 'dark', locale: 'zh-CN', prepare: consoleOf('client') },

  { path: README_PICTURE, viewport: README, prepare: converse },
  { path: join(FOLDER, 'browser-desk.png'), viewport: DESK, prepare: converse },
  { path: join(FOLDER, 'browser-desk-dark.png'), viewport: DESK, colorScheme: 'dark', prepare: converse },
  { path: join(FOLDER, 'browser-phone.png'), viewport: PHONE, prepare: converse },
  { path: join(FOLDER, 'docs-desk.png'), viewport: DESK, of: 'page', prepare: readDocs },
  { path: join(FOLDER, 'docs-phone.png'), viewport: PHONE, of: 'page', prepare: readDocs },
  { path: join(FOLDER, 'docs-messages-desk.png'), viewport: DESK, of: { element: '#messages' }, prepare: tryMessages },
  {
    path: join(FOLDER, 'docs-messages-phone.png'),
    viewport: PHONE,
    of: { element: '#messages' },
    prepare: tryMessages,
  },
  { path: join(FOLDER, 'docs-call-desk.png'), viewport: DESK, of: OPEN_CALL, prepare: readOneCall },
  { path: join(FOLDER, 'docs-call-phone.png'), viewport: PHONE, of: OPEN_CALL, prepare: readOneCall },
  { path: join(FOLDER, 'docs-desk-dark.png'), viewport: DESK, colorScheme: 'dark', prepare: readDocs },
];

async function take(
  browser: Browser,
  urls: ConsoleUrls,
  { path, viewport, colorScheme, locale = 'en', of, prepare }: Shot,
) {
  const page = await browser.newPage({ viewport, colorScheme, locale });
  await prepare(page, urls);
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  if (typeof of === 'object') await page.locator(of.element).screenshot({ path });
  else await page.screenshot({ path, fullPage: of === 'page' });
  await page.close();
  const note = overflow === 0 ? '' : `, ${overflow} px wider than the window`;
  console.log(`${path.slice(ROOT.length + 1)}  ${Math.ceil(statSync(path).size / 1024)} KiB${note}`);
}

async function main(): Promise<void> {
  if (!hasBrowser()) return;
  mkdirSync(FOLDER, { recursive: true });
  const settings = readSettings({ ...process.env, WS_HOST: '127.0.0.1', WS_PORT: '0', API_PORT: '0', DATA_DIR: '' });
  const server = await startServer({ settings, log: createTerminalLog('error', console.log) });
  const browser = await launchBrowser();
  const wanted = SHOTS.filter(({ path }) => path.includes(process.argv[2] ?? ''));
  try {
    for (const shot of wanted) await take(browser, server, shot);
  } finally {
    await browser.close();
    await server.stop();
  }
}

void main();
