/** One text to many connections: its frame is made once, and reaches each client in order among its other messages. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { createGateway } from '../../../../local/gateway/gateway';
import { SharedFrame } from '../../../../local/gateway/shared-frame';

it('creates one frame for a repeated text, and reuses it', () => {
  const shared = new SharedFrame();
  expect(shared.of('a')).toBeUndefined();
  const frame = shared.of('a');
  expect(frame).toEqual(Buffer.from([0x81, 1, 97]));
  expect(shared.of('a')).toBe(frame);
  expect(shared.of('b')).toBeUndefined();
  expect(shared.of('a')).toBeUndefined();
});

it('reaches clients unchanged, whatever its length, in order with other messages', async () => {
  const ids: string[] = [];
  const gateway = createGateway({
    webSocket: {
      routes: {
        $connect: async ({ requestContext }) => {
          ids.push(requestContext.connectionId);
          return { statusCode: 200 };
        },
        $default: async ({ body }) => ({ body }),
      },
      routeResponse: true,
    },
  });
  const { webSocketUrl = '' } = await gateway.listen({ webSocketPort: 0 });
  const sockets: WebSocket[] = [];
  const received: string[][] = [];
  for (let index = 0; index < 5; index += 1) {
    const socket = new WebSocket(webSocketUrl);
    await once(socket, 'open');
    const texts: string[] = [];
    socket.on('message', (data, isBinary) => texts.push(isBinary ? 'binary' : data.toString()));
    sockets.push(socket);
    received.push(texts);
  }

  const texts = ['', 'é', 'x'.repeat(125), '中'.repeat(42), 'x'.repeat(65_535), `${'é'.repeat(32_768)}`, 'last'];
  const framed = jest.spyOn(SharedFrame.prototype, 'of');
  for (const text of texts) for (const id of ids) gateway.post(id, text);
  const frames = new Set(framed.mock.results.map(({ value }) => value).filter((frame) => frame !== undefined));
  for (const socket of sockets) socket.send('asked');
  await Promise.all(
    received.map(async (all, index) => {
      while (all.length < texts.length + 1) await once(sockets[index] as WebSocket, 'message');
    }),
  );
  for (const socket of sockets) socket.close();
  await gateway.close(1_000);
  framed.mockRestore();
  expect(received).toEqual(sockets.map(() => [...texts, 'asked']));
  expect(frames.size).toBe(texts.length); // for 35 posts
});
