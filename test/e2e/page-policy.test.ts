/** The Content-Security-Policy of each page: it is strict, and browsers enforce it. */
import type { Browser } from 'playwright-core';
import { hasBrowser, launchBrowser, openWatched } from '../support/browser';
import { startTestServer, type TestServer } from '../support/local-server';
import { looseParts, PAGES } from '../support/page-policy';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function policyOf(path: string): Promise<string> {
  const { headers } = await fetch(server.httpUrl + path);
  return headers.get('content-security-policy') ?? '';
}

it.each(PAGES)('the policy of %s allows nothing inline, no eval and no other host', async (path) => {
  expect(looseParts(await policyOf(path), server.webSocketUrl)).toEqual([]);
});

it.each([
  ["script-src 'self'", "script-src 'self' 'unsafe-inline'", "script-src 'unsafe-inline'"],
  ["script-src 'self'", "script-src 'self' 'unsafe-eval'", "script-src 'unsafe-eval'"],
  ["style-src 'self'", "style-src 'self' 'unsafe-inline'", "style-src 'unsafe-inline'"],
  ["script-src 'self'", 'script-src https://cdn.example', 'script-src https://cdn.example'],
  ["connect-src 'self'", 'connect-src wss:', 'connect-src wss:'],
  ['img-src data:', 'img-src *', 'img-src *'],
  ["default-src 'none'", "default-src 'self'", 'default-src'],
  ["; frame-ancestors 'none'", '', 'frame-ancestors'],
])('a policy with %s changed to %s is not strict', async (part, changed, found) => {
  const policy = await policyOf('/console');
  expect(policy).toContain(part);
  expect(looseParts(policy.replace(part, changed), server.webSocketUrl)).toEqual([found]);
});

/** Runs after the call that starts it, because browsers let a debugger's own call use eval. */
const BREAK_THE_RULES = `setTimeout(() => {
  for (const name of ['script', 'style']) {
    const element = document.createElement(name);
    element.textContent = '/* inline */';
    document.head.append(element);
  }
  try { new Function('')(); } catch {}
  fetch('http://other.invalid/').catch(() => {});
  try { new WebSocket('ws://other.invalid/'); } catch {}
  new Image().src = 'http://other.invalid/picture.png';
})`;

(hasBrowser() ? describe : describe.skip)('in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it.each(PAGES)('%s runs under its policy, which blocks inline code, eval and other hosts', async (path) => {
    const { page, errors } = await openWatched(browser, {});
    await page.goto(server.httpUrl + path);
    await page.locator('h1, .opblock').first().waitFor();
    expect(errors).toEqual([]);
    await page.evaluate(BREAK_THE_RULES);
    while (errors.length < 6) await page.evaluate('new Promise(requestAnimationFrame)');
    expect(errors.sort()).toEqual([
      'connect-src forbids http://other.invalid/',
      'connect-src forbids ws://other.invalid/',
      'img-src forbids http://other.invalid/picture.png',
      'script-src forbids eval',
      'script-src-elem forbids inline',
      'style-src-elem forbids inline',
    ]);
    await page.context().close();
  });
});
