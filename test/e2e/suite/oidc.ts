/** Clients with tokens of an OpenID issuer that the server accepts, besides clients with its own tokens. */
import { call as httpCall } from '../../support/http';
import type { OidcIssuer } from '../../support/oidc-issuer';
import { TestClient } from '../../support/test-client';
import { statusOf } from './access';
import { eventually } from './eventually';
import { type Target, urlWithToken } from './target';

/** What each target is set to, besides the issuer and its audience. */
export const OIDC_CLAIMS = { OIDC_LABELS_CLAIM: 'labels', OIDC_GROUPS_CLAIM: 'groups' };

export function oidc(target: () => Target, issuer: () => OidcIssuer): void {
  const urlWith = (token: string) => urlWithToken(target().webSocketUrl, token);

  function api(line: string, body?: object) {
    const [method = '', path = ''] = line.split(' ');
    return httpCall(method, target().httpUrl + path, body, { authorization: `Bearer ${target().apiKey}` });
  }

  describe('a token of an OpenID issuer', () => {
    it('identifies the client, with labels and groups', async () => {
      const claims = { labels: ['fleet', 'site-7'], groups: ['fleet-7'] };
      const client = await TestClient.connect(urlWith(await issuer().token({ claims })));
      expect(client.clientId).toBe('device-1');
      const { body } = await api('GET /clients?label=site-7');
      expect(body.clients).toMatchObject([{ client_id: 'device-1', labels: ['fleet', 'site-7'] }]);
      await eventually(async () => {
        const members = await api('GET /groups/fleet-7/clients');
        expect(members.body.clients).toMatchObject([{ client_id: 'device-1' }]);
      });
      expect((await client.ask({ type: 'ping' })).type).toBe('pong');
      await client.close();
    });

    it('is accepted as a subprotocol', async () => {
      const protocols = ['switchboard', await issuer().token()];
      const client = await TestClient.connect(target().webSocketUrl, { protocols });
      expect(client.clientId).toBe('device-1');
      await client.close();
    });

    it('is accepted besides the tokens of POST /tokens', async () => {
      const { body } = await api('POST /tokens', { client_id: 'own-1' });
      const client = await TestClient.connect(urlWith(body.token));
      expect(client.clientId).toBe('own-1');
      await client.close();
    });

    it('is refused after it expires, and for another audience', async () => {
      expect(await statusOf(urlWith(await issuer().token({ secondsOff: -3_600 })))).toBe(403);
      expect(await statusOf(urlWith(await issuer().token({ audience: 'urn:another' })))).toBe(403);
    });

    it('is revoked by client_id and by label, which closes connections', async () => {
      const labelled = await issuer().token({ clientId: 'device-2', claims: { labels: ['lost'] } });
      const named = await issuer().token({ clientId: 'device-1' });
      const clients = [await TestClient.connect(urlWith(labelled)), await TestClient.connect(urlWith(named))];
      expect((await api('POST /revocations', { label: 'lost' })).status).toBe(202);
      expect((await api('POST /revocations', { client_id: 'device-1' })).status).toBe(202);
      for (const client of clients) {
        expect((await client.nextOf('connection_closing')).data.reason).toBe('revoked');
        await client.closed;
      }
      for (const token of [labelled, named]) {
        await eventually(async () => expect(await statusOf(urlWith(token))).toBe(403));
      }
      expect(await statusOf(urlWith(await issuer().token({ clientId: 'device-2' })))).toBe(101);
    });
  });
}
