/** The welcome task on a real socket: $connect and @connections work as on AWS, with the SDK between them. */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { createApiGatewayConnections, createManagementClient } from '../../lambdas/aws/api-gateway-connections';
import { type Clock, newUuid as newId, systemClock } from '../../lambdas/ports/runtime';
import { create as createConnect } from '../../lambdas/websocket/connect';
import { create as createWelcome, type WelcomeTask } from '../../lambdas/websocket/welcome';
import { systemClock as gatewayClock } from '../../local/gateway/clock';
import { TasksInProcess } from '../../local/tasks-in-process';
import { type Deferred, deferred } from '../support/deferred';
import { createRecordingLog, createTestClients, noPresence, TEST_CONNECTION_LIMITS } from '../support/fakes';
import { runOnce } from '../support/run-once';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';

const CLIENT_ID = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';

/** 0 + 20 + 40 + 80 + 160 + 320 ms of waiting: the next attempt is after more than a second. */
const TRIES_IN_A_SECOND = 6;

let gateway: TestGateway;
let management: ReturnType<typeof createManagementClient>;

afterEach(async () => {
  management.destroy();
  await gateway.stop();
});

/** @param hold  delays the return of $connect; it gets the number of posts of the welcome answered with 410 so far */
async function start(clock: Clock, hold: Deferred<void>, onGone: (times: number) => void = () => {}) {
  const log = createRecordingLog();
  const clients = createTestClients();
  let gone = 0;
  const tasks = new TasksInProcess(
    runOnce((task) => {
      management = createManagementClient({
        endpoint: gateway.connectionsUrl,
        region: 'local',
        credentials: gateway.connectionsCredentials,
      });
      const { post, close, isOpen } = createApiGatewayConnections({ client: management, clock });
      const connections = {
        close,
        isOpen,
        async post(connectionId: string, text: string) {
          const outcome = await post(connectionId, text);
          if (outcome === 'gone') onGone(++gone);
          return outcome;
        },
      };
      if (task.task !== 'welcome') throw new Error(`${task.task} was started`);
      const connectionLimits = TEST_CONNECTION_LIMITS;
      return createWelcome({ connections, connectionLimits, clock, newId, log })(task as WelcomeTask);
    }),
    log,
  );
  const connect = createConnect({ clients, ...noPresence(), tasks, log });
  gateway = await startTestGateway({
    gateway: { clock: gatewayClock }, // the store's own timestamp, or the session would be over
    async connect(event) {
      const { requestContext } = event;
      const authorizer = { client_id: CLIENT_ID };
      const result = await connect({ ...event, requestContext: { ...requestContext, authorizer } });
      await hold.promise;
      return result as object;
    },
  });
  return { log, clients, idle: () => tasks.idle(), gone: () => gone };
}

it('a client whose $connect takes a second is greeted before anything else, once it is connected', async () => {
  const hold = deferred();
  const { log, clients, idle, gone } = await start(systemClock, hold, (times) => {
    if (times === TRIES_IN_A_SECOND) hold.resolve();
  });
  const socket = new WebSocket(gateway.url);
  const [data] = await once(socket, 'message');
  const frame = JSON.parse(data.toString());
  expect(frame).toMatchObject({ type: 'connection_established', data: { protocol: 1 } });
  expect(frame.data.client_id).toBe(CLIENT_ID);
  expect(await clients.get(CLIENT_ID)).toBeDefined();
  await idle();
  expect(gone()).toBe(TRIES_IN_A_SECOND);
  expect(log.errors).toEqual([]);
  expect(log.infos).toEqual(['connected']);
  socket.terminate();
});

it('a client that leaves while $connect runs is given up quietly', async () => {
  const hold = deferred();
  const hasten: Clock = { ...systemClock, sleep: () => setImmediate() };
  const { log, idle, gone } = await start(hasten, hold, (times) => {
    if (times === 1) socket.terminate();
  });
  const socket = new WebSocket(gateway.url);
  socket.on('error', () => {}); // it has ended before it is open
  await new Promise((resolve) => socket.once('close', resolve));
  hold.resolve();
  await idle();
  expect(gone()).toBeGreaterThan(TRIES_IN_A_SECOND);
  expect([log.infos, log.warnings]).toEqual([['connected'], ['welcome_given_up']]);
  expect(log.errors).toEqual([]);
});
