import { backgroundBroadcast } from './background-broadcast';
import { conformanceSuite } from './suite/conformance';
import type { Without } from './suite/under-test';

/**
 * `E2E_API_KEY` is needed with access control. `E2E_WITHOUT` is JSON: what the server can't do, each with its reason, as in `Without`.
 * `E2E_REHEARSAL` is `1` if nobody else uses the deployment, and its tables may be written to.
 */
const { E2E_WS_URL: webSocketUrl, E2E_HTTP_URL: httpUrl, E2E_API_KEY: apiKey } = process.env;
const { E2E_WITHOUT = '{}', E2E_REHEARSAL } = process.env;
const without: Without = JSON.parse(E2E_WITHOUT);

describe('a deployed server', () => {
  if (webSocketUrl && httpUrl) {
    const access = apiKey ? 'token' : 'open';
    const underTest = conformanceSuite(() => ({ webSocketUrl, httpUrl, apiKey }), { access, without });
    if (E2E_REHEARSAL === '1') backgroundBroadcast(underTest);
  } else it.skip('is tested if E2E_WS_URL and E2E_HTTP_URL have its addresses', () => {});
});
