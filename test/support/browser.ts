/** Chromium for tests of pages, where this machine has one. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

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
