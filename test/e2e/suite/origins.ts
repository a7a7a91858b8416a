/** Web pages that may connect, where only those of one origin may. */
import { statusOf } from './access';
import { urlWithToken } from './target';
import type { UnderTest } from './under-test';

/** What each target is set to. */
export const ORIGIN = 'https://app.example.com';

export function origins({ http, target }: UnderTest): void {
  describe('a web page', () => {
    it.each([
      [ORIGIN, 101],
      ['https://evil.example.com', 403],
      [`${ORIGIN}.evil.example.com`, 403],
      ['null', 403],
    ])('of %s connects with the answer %d', async (origin, status) => {
      const { webSocketUrl, apiKey } = target();
      const url = apiKey === undefined ? webSocketUrl : urlWithToken(webSocketUrl, await token());
      expect(await statusOf(url, [], { origin })).toBe(status);
    });
  });

  async function token(): Promise<string> {
    return (await http.call('POST /tokens', { body: {} })).body.token;
  }
}
