import { type OidcIssuer, startOidcIssuer } from '../support/oidc-issuer';
import { backgroundBroadcast } from './background-broadcast';
import { eventQueue } from './event-queue';
import { goneClients } from './gone-clients';
import { conformanceSuite } from './suite/conformance';
import { oidc } from './suite/oidc';
import { origins } from './suite/origins';
import { partnerGroups } from './suite/partner-groups';
import { partners } from './suite/partners';
import type { Without } from './suite/under-test';

/**
 * `E2E_API_KEY` is needed with access control. `E2E_WITHOUT` is JSON: what the server can't do, each with its reason, as in `Without`.
 * `E2E_REHEARSAL` is `1` if nobody else uses the deployment, and its tables may be written to. Then `E2E_EVENT_QUEUE` is the URL of its queue
 * of events, and `E2E_OIDC_PORT` the port on which it expects the OpenID issuer.
 */
const { E2E_WS_URL: webSocketUrl, E2E_HTTP_URL: httpUrl, E2E_API_KEY: apiKey } = process.env;
const { E2E_WITHOUT = '{}', E2E_REHEARSAL, E2E_EVENT_QUEUE: queueUrl, E2E_OIDC_PORT: oidcPort } = process.env;
const without: Without = JSON.parse(E2E_WITHOUT);

describe('a deployed server', () => {
  if (webSocketUrl && httpUrl) {
    const access = apiKey ? 'token' : 'open';
    const target = () => ({ webSocketUrl, httpUrl, apiKey });
    const underTest = conformanceSuite(target, { access, without });
    if (E2E_REHEARSAL !== '1') return;
    backgroundBroadcast(underTest);
    goneClients(underTest, access);
    origins(underTest);
    if (queueUrl) eventQueue(underTest, queueUrl);
    if (apiKey) partners(target, false);
    if (apiKey) partnerGroups(target);
    if (oidcPort) withIssuer(Number(oidcPort), (issuer) => oidc(target, issuer));
  } else it.skip('is tested if E2E_WS_URL and E2E_HTTP_URL have its addresses', () => {});
});

function withIssuer(port: number, declare: (issuer: () => OidcIssuer) => void): void {
  describe('with an OpenID issuer', () => {
    let issuer: OidcIssuer;

    beforeAll(async () => {
      issuer = await startOidcIssuer(port);
    });

    afterAll(() => issuer.stop());

    declare(() => issuer);
  });
}
