/** Chromium for tests of pages, if this machine has one. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** True if there is a browser to test with; otherwise prints the reason. */
export function hasBrowser(): boolean {
  if (existsSync(executablePath)) return true;
  if (process.env.REQUIRE_BROWSER === '1') throw new Error(`REQUIRE_BROWSER is set, but there is no ${executablePath}`);
  process.stderr.write(`SKIPPED: no Chromium at ${executablePath}; CHROMIUM=/path/to/it names another.\n`);
  return false;
}

/**
 * Without a sandbox, as containers need it, and without the browser's own network calls.
 * @param switches  more switches of Chromium
 */
export function launchBrowser(switches: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...switches,
    ],
  });
}

export interface WatchedPage {
  page: Page;
  /** URLs of all requests that the page made. */
  requests: string[];
  /** Script errors, and violations of the page's policy. */
  errors: string[];
}

/** A page in its own browser context. */
export async function openWatched(browser: Browser, options: BrowserContextOptions): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.exposeFunction('reportViolation', (violation: string) => errors.push(violation));
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    reportViolation(event.violatedDirective + ' forbids ' + event.blockedURI))`);
  return { page, requests, errors };
}
