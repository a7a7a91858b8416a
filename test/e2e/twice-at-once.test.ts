/** Two programs connect with one token at the same moment. The later connection stays open and works. */
import { WebSocket } from 'ws';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer } from '../support/local-server';
import { eventually } from './suite/eventually';

const PAIRS = 20;

test.each([
  ['in memory', false],
  ['--wire', true],
])('%s: of two connections that a client opens simultaneously, one remains', async (_, wire) => {
  const keys = createKeysFile();
  const server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path }, { wire });
  try {
    const headers = { authorization: `Bearer ${keys.read().api_key.current}` };
    for (let pair = 0; pair < PAIRS; pair++) {
      const { token, client_id } = (await call('POST', `${server.httpUrl}/tokens`, {}, headers)).body;
      const sockets = [1, 2].map(() => new WebSocket(`${server.webSocketUrl}?token=${token}`));
      for (const socket of sockets) socket.on('error', () => {});
      const open = () => sockets.filter(({ readyState }) => readyState === WebSocket.OPEN);
      await eventually(async () => {
        expect(sockets.map(({ readyState }) => readyState)).not.toContain(WebSocket.CONNECTING);
        expect(open()).toHaveLength(1);
      });
      const pushed = new Promise((resolve) => {
        open()[0]?.on('message', (text) => {
          const { type, data } = JSON.parse(text.toString());
          if (type === 'chat_message') resolve(data.content);
        });
      });
      const push = await call('POST', `${server.httpUrl}/send_message`, { client_id, content: 'hello' }, headers);
      expect(push.status).toBe(200);
      expect(await pushed).toBe('hello');
      open()[0]?.close();
    }
  } finally {
    await server.stop();
    keys.remove();
  }
});
