import { conformanceSuite } from './suite/conformance';
import type { Without } from './suite/under-test';

/** `E2E_API_KEY` where access is closed. `E2E_WITHOUT` is JSON: what the server can't do, each with the reason, as `Without` names it. */
const { E2E_WS_URL: webSocketUrl, E2E_HTTP_URL: httpUrl, E2E_API_KEY: apiKey, E2E_WITHOUT = '{}' } = process.env;
const without: Without = JSON.parse(E2E_WITHOUT);

describe('a deployed server', () => {
  if (webSocketUrl && httpUrl) {
    conformanceSuite(() => ({ webSocketUrl, httpUrl, apiKey }), { access: apiKey ? 'token' : 'open', without });
  } else it.skip('is tested where E2E_WS_URL and E2E_HTTP_URL say where it is', () => {});
});
