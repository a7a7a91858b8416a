import { conformanceSuite } from './suite/conformance';

const { E2E_WS_URL: webSocketUrl, E2E_HTTP_URL: httpUrl } = process.env;

describe('a deployed server', () => {
  if (webSocketUrl && httpUrl) conformanceSuite(() => ({ webSocketUrl, httpUrl }));
  else it.skip('is tested where E2E_WS_URL and E2E_HTTP_URL say where it is', () => {});
});
