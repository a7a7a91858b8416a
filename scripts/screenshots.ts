/**
 * `npm run screenshots`: photographs /docs and examples/browser.html, on a desk and on a phone, into .cache/screenshots/
 * for people to look at, and makes the README's picture, docs/images/browser.png.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page, ViewportSize } from 'playwright-core';
import { startServer } from '../local/server';
import { readSettings } from '../local/settings';
import { createTerminalLog } from '../local/terminal-log';
import { hasBrowser, launchBrowser } from '../test/support/browser';

const ROOT = join(__dirname, '..');
const FOLDER = join(ROOT, '.cache/screenshots');
const README_PICTURE = join(ROOT, 'docs/images/browser.png');

const DESK: ViewportSize = { width: 1280, height: 900 };
const PHONE: ViewportSize = { width: 390, height: 844 };
const README: ViewportSize = { width: 720, height: 860 };

interface Urls {
  httpUrl: string;
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

/** The example in the middle of a conversation: a chat, a push from the team, a broadcast, and a refused message. */
async function converse(page: Page, { httpUrl }: Urls): Promise<void> {
  await page.goto(pathToFileURL(join(ROOT, 'examples/browser.html')).href);
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

async function readDocs(page: Page, { httpUrl }: Urls): Promise<void> {
  await page.goto(`${httpUrl}/docs`);
  await page.locator('.opblock').first().waitFor();
}

async function readOneCall(page: Page, urls: Urls): Promise<void> {
  await readDocs(page, urls);
  await page.locator('[data-path="/send_message"]').click();
  await page.locator('.responses-table').first().waitFor();
}

interface Shot {
  path: string;
  viewport: ViewportSize;
  colorScheme?: 'light' | 'dark';
  /** All of the page, or one element; what the window shows where left out. */
  of?: 'page' | { element: string };
  prepare(page: Page, urls: Urls): Promise<void>;
}

const OPEN_CALL = { element: '.opblock.is-open' };

const SHOTS: readonly Shot[] = [
  { path: README_PICTURE, viewport: README, prepare: converse },
  { path: join(FOLDER, 'browser-desk.png'), viewport: DESK, prepare: converse },
  { path: join(FOLDER, 'browser-desk-dark.png'), viewport: DESK, colorScheme: 'dark', prepare: converse },
  { path: join(FOLDER, 'browser-phone.png'), viewport: PHONE, prepare: converse },
  { path: join(FOLDER, 'docs-desk.png'), viewport: DESK, of: 'page', prepare: readDocs },
  { path: join(FOLDER, 'docs-phone.png'), viewport: PHONE, of: 'page', prepare: readDocs },
  { path: join(FOLDER, 'docs-call-desk.png'), viewport: DESK, of: OPEN_CALL, prepare: readOneCall },
  { path: join(FOLDER, 'docs-call-phone.png'), viewport: PHONE, of: OPEN_CALL, prepare: readOneCall },
  { path: join(FOLDER, 'docs-desk-dark.png'), viewport: DESK, colorScheme: 'dark', prepare: readDocs },
];

async function take(browser: Browser, urls: Urls, { path, viewport, colorScheme, of, prepare }: Shot) {
  const page = await browser.newPage({ viewport, colorScheme });
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
  // The page asks for the port of its default address, which somebody else may have on this machine.
  const { host } = new URL(server.webSocketUrl);
  const browser = await launchBrowser([`--host-resolver-rules=MAP localhost:9004 ${host}`]);
  try {
    for (const shot of SHOTS) await take(browser, server, shot);
  } finally {
    await browser.close();
    await server.stop();
  }
}

void main();
