/** Functions with containers, as on Lambda: each handles one event at a time, and a new one starts cold. */
import { type Deferred, deferred } from '../support/deferred';
import type { TestClock } from '../support/gateway-clock';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';

let gateway: TestGateway;
/** What each message waits for, in the order in which the handler gets them. */
let running: Deferred<{ body: string }>[];

beforeEach(async () => {
  running = [];
});

afterEach(() => gateway.stop(100));

const COLD_START = 250;

/** Counts starting containers, and lets a test wait for one. */
function watchColdStarts(clock: TestClock) {
  let waiting: (() => void) | undefined;
  let count = 0;
  const setTimer = clock.setTimer;
  clock.setTimer = (milliseconds, callback) => {
    if (milliseconds === COLD_START) {
      count += 1;
      waiting?.();
    }
    return setTimer(milliseconds, callback);
  };
  return {
    get count() {
      return count;
    },
    async reach(wanted: number): Promise<void> {
      while (count < wanted) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
    },
  };
}

/** A client that is connected, after the cold start of $connect. */
async function start() {
  let arrived = () => {};
  gateway = await startTestGateway({
    gateway: { containers: { coldStartMilliseconds: COLD_START } },
    message() {
      const answer = deferred<{ body: string }>();
      running.push(answer);
      arrived();
      return answer.promise;
    },
  });
  const coldStarts = watchColdStarts(gateway.clock);
  const opening = TestClient.open(gateway.url);
  await coldStarts.reach(1);
  expect(gateway.connects).toEqual([]);
  gateway.clock.advance(COLD_START);
  const client = await opening;
  expect(gateway.connects).toHaveLength(1);
  return {
    client,
    coldStarts,
    async handled(count: number): Promise<void> {
      while (running.length < count) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
  };
}

function finish(index: number): void {
  running[index]?.resolve({ body: JSON.stringify({ type: `done ${index}` }) });
}

it('a message that finds no idle container waits for a new one to start', async () => {
  const { client, coldStarts, handled } = await start();
  client.sendText('one');
  await coldStarts.reach(2);
  gateway.clock.advance(COLD_START - 1);
  expect(gateway.messages).toEqual([]);
  gateway.clock.advance(1);
  await handled(1);
  finish(0);
  expect(await client.next()).toEqual({ type: 'done 0' });
});

it('a container handles one event at a time: a second message starts a second container', async () => {
  const { client, coldStarts, handled } = await start();
  client.sendText('one');
  await coldStarts.reach(2);
  gateway.clock.advance(COLD_START);
  await handled(1);
  client.sendText('two');
  await coldStarts.reach(3);
  expect(gateway.messages.map(({ body }) => body)).toEqual(['one']);
  gateway.clock.advance(COLD_START);
  await handled(2);
  finish(1);
  expect(await client.next()).toEqual({ type: 'done 1' });
  finish(0);
  expect(await client.next()).toEqual({ type: 'done 0' });
});

it('an idle container handles the next message at once', async () => {
  const { client, coldStarts, handled } = await start();
  client.sendText('one');
  await coldStarts.reach(2);
  gateway.clock.advance(COLD_START);
  await handled(1);
  finish(0);
  expect(await client.next()).toEqual({ type: 'done 0' });
  client.sendText('two');
  await handled(2); // without moving the clock
  finish(1);
  expect(await client.next()).toEqual({ type: 'done 1' });
  expect(coldStarts.count).toBe(2); // of $connect and of the only container for messages
});

it('a container is reused after its handler threw', async () => {
  const { client, coldStarts, handled } = await start();
  client.sendText('one');
  await coldStarts.reach(2);
  gateway.clock.advance(COLD_START);
  await handled(1);
  running[0]?.reject(new Error('no table'));
  expect(await client.next()).toMatchObject({ message: 'Internal server error' });
  client.sendText('two');
  await handled(2);
  finish(1);
  expect(await client.next()).toEqual({ type: 'done 1' });
  expect(coldStarts.count).toBe(2);
});

it('a cold start counts towards the 29 seconds that a message may take', async () => {
  const { client, coldStarts, handled } = await start();
  client.sendText('one');
  await coldStarts.reach(2);
  gateway.clock.advance(COLD_START);
  await handled(1);
  gateway.clock.advance(29_000 - COLD_START);
  expect(await client.next()).toMatchObject({ message: 'Endpoint request timed out' });
  client.sendText('two'); // the first one is still running, timed out or not
  await coldStarts.reach(3);
  finish(0);
});
