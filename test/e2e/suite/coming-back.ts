/** A client that leaves and reconnects as the same client. */
import type { ConformingClient } from './conforming-client';
import { eventually } from './eventually';
import type { UnderTest } from './under-test';

export function comingBack({ connect, http, target }: UnderTest) {
  return {
    /** The same client on its next connection. */
    connectAgain({ clientId, established }: ConformingClient): Promise<ConformingClient> {
      const { webSocketUrl, apiKey } = target();
      if (apiKey !== undefined) return connect({ clientId });
      const url = new URL(webSocketUrl);
      url.searchParams.set('resume', established.data.resume_token);
      return connect({ url: url.href });
    },

    /** Closes a client, and waits until the server has noticed. */
    async leave(client: ConformingClient): Promise<void> {
      await client.close();
      const path = { client_id: client.clientId };
      await eventually(() => http.problem('client_not_found', 'GET /clients/{client_id}', { path }));
    },
  };
}
