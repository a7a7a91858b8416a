/** The system clock may be set while the server runs. */
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';

const HOUR = 3_600_000;

let gateway: TestGateway;

afterEach(() => gateway.stop(100));

it.each([HOUR, 24 * HOUR, -HOUR])('a clock jump of %d ms closes no connection', async (jump) => {
  gateway = await startTestGateway();
  const client = await TestClient.open(gateway.url);
  gateway.clock.jump(jump);
  gateway.sweep();
  expect(await client.ask({ type: 'hello' })).toEqual({ type: 'hello' });
  expect(gateway.disconnects).toEqual([]);
});

it('idle and old connections are closed on time, whatever the system clock says', async () => {
  gateway = await startTestGateway();
  const client = await TestClient.open(gateway.url);
  gateway.clock.jump(-HOUR);
  gateway.clock.advance(600_000);
  gateway.sweep();
  expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
});

it('a rate limit is not affected by a clock jump', async () => {
  gateway = await startTestGateway({ gateway: { throttling: { requests: 2 } } });
  const client = await TestClient.open(gateway.url);
  for (const type of ['one', 'two']) expect(await client.ask({ type })).toEqual({ type });
  gateway.clock.jump(HOUR);
  expect(await client.ask({ type: 'three' })).toMatchObject({ message: 'Too Many Requests' });
});
