/** A flood only slows down its sender, measured in messages that are handled before another client's, not in time. */
import type { Socket } from 'node:net';
import type { MessageEvent } from '../../local/gateway/websocket-events';
import { deferred } from '../support/deferred';
import { ended, frame, openRaw } from '../support/raw-client';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';

let gateway: TestGateway;
let flooder: Socket;

afterEach(async () => {
  flooder.destroy();
  await gateway.stop(100);
});

const ASK = '{"type":"from the other"}';

/** @returns the number of messages of the flood that are handled between another client's message and its handling */
async function between(flood: Buffer, count: number, from: number): Promise<number> {
  let handled = 0;
  let at = 0;
  const heard = deferred<number>();
  const speak = deferred<void>();
  gateway = await startTestGateway({
    routeResponse: false,
    limits: { frameBytes: 131_072 },
    async message({ body }: MessageEvent) {
      if (body === ASK) heard.resolve(handled - at);
      else handled += 1;
      if (handled === from) {
        at = handled;
        speak.resolve();
      }
      return undefined;
    },
  });
  const other = await TestClient.open(gateway.url);
  flooder = await openRaw(gateway.url);
  speak.promise.then(() => other.socket.send(ASK));
  flooder.write(Buffer.concat(Array(count).fill(flood)));
  return heard.promise;
}

it('of 20,000 small messages, only a few hundred are handled before another client’s message', async () => {
  expect(await between(frame('{"type":"flood"}'), 20_000, 100)).toBeLessThan(500);
});

it('of 400 messages of 60 KB, only a few are handled before another client’s message', async () => {
  expect(await between(frame(`{"type":"${'x'.repeat(60_000)}"}`), 400, 3)).toBeLessThan(8);
});

it('frames that are not messages count too', async () => {
  const pong = frame('', { opcode: 10 });
  const flood = Buffer.concat([frame('{"type":"flood"}'), ...Array(500).fill(pong)]);
  expect(await between(flood, 1_000, 20)).toBeLessThan(200);
});

it('all messages of a flood are handled in order, and its client is then read again', async () => {
  const seen: string[] = [];
  const all = deferred<void>();
  gateway = await startTestGateway({
    routeResponse: false,
    async message({ body }) {
      if (seen.push(body) === 5_001) all.resolve();
      return undefined;
    },
  });
  flooder = await openRaw(gateway.url);
  const sent = Array.from({ length: 5_000 }, (_, index) => String(index));
  flooder.write(Buffer.concat(sent.map((text) => frame(text))));
  flooder.write(frame('last'));
  await all.promise;
  expect(seen).toEqual([...sent, 'last']);
});

it('unparsed data of a client that was cut off is dropped', async () => {
  const { Receiver } = jest.requireActual<{ Receiver: { prototype: { getInfo(): void } } }>('ws');
  const parsed = jest.spyOn(Receiver.prototype, 'getInfo'); // once for each frame
  gateway = await startTestGateway({
    message: () => new Promise(() => {}), // so that everything after the hundredth waits
    gateway: { bounds: { heldBytes: 100_000 } },
  });
  flooder = await openRaw(gateway.url);
  flooder.write(Buffer.concat(Array(40_000).fill(frame('{}'))));
  await gateway.disconnected;
  await ended(flooder);
  expect(parsed.mock.calls.length).toBeLessThan(1_000);
  parsed.mockRestore();
});
