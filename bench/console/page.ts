/** Chromium with the console, and its timings. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../../test/support/browser';

/** Runs before the page's own scripts: records when the first row of the list was painted. */
const NOTE_FIRST_ROW = `new MutationObserver((_, observer) => {
  if (!document.querySelector('.row')) return;
  observer.disconnect();
  requestAnimationFrame(() => { window.firstRowAt = performance.now(); });
}).observe(document, { childList: true, subtree: true })`;

/** Types a text into the search, and returns the milliseconds until the updated list has been painted. */
const filterScript = (text: string) => `new Promise((resolve) => {
  const input = document.querySelector('input[type=search]');
  const begun = performance.now();
  input.value = ${JSON.stringify(text)};
  input.dispatchEvent(new Event('input', { bubbles: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begun)));
})`;

export interface ConsolePage {
  /** Loads the console. @returns milliseconds from the request until the first row of the list is there */
  open(): Promise<number>;
  /** Waits until the page has the whole list. */
  complete(clients: number): Promise<void>;
  /** @returns milliseconds until the list shows what it finds */
  filter(text: string): Promise<number>;
  /** Shows an empty page instead of the console. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

export async function openConsole(httpUrl: string): Promise<ConsolePage> {
  const browser = await launchBrowser();
  const page: Page = await browser.newPage({ viewport: { width: 1_280, height: 900 }, locale: 'en' });
  await page.addInitScript(NOTE_FIRST_ROW);
  return {
    async open() {
      await page.goto(`${httpUrl}/console`);
      await page.locator('.row').first().waitFor();
      await page.waitForFunction('window.firstRowAt !== undefined');
      return Number(await page.evaluate('window.firstRowAt'));
    },
    async complete(clients) {
      const count = clients.toLocaleString('en');
      await page.getByText(`Shown: ${count} of ${count}`).waitFor({ timeout: 120_000 });
      await pause(1_000);
    },
    filter: async (text) => Number(await page.evaluate(filterScript(text))),
    async leave() {
      await page.goto('about:blank');
    },
    close: () => browser.close(),
  };
}
