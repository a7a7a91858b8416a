/** Chromium for tests of pages, where this machine has one. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** True where there is a browser to test with; says so where there is none. */
export function hasBrowser(): boolean {
  if (existsSync(executablePath)) return true;
  if (process.env.REQUIRE_BROWSER === '1') throw new Error(`REQUIRE_BROWSER is set, but there is no ${executablePath}`);
  process.stderr.write(`SKIPPED: no Chromium at ${executablePath}; CHROMIUM=/path/to/it names another.\n`);
  return false;
}

/**
 * Without sandbox, as containers need it, and without the calls home that a browser makes by itself.
 * @param switches  of Chromium, beside these
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
  /** Errors of scripts, and what the page's policy forbade. */
  errors: string[];
}

/** A page in a context of its own. */
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
