/**
 * Calls of tools on 100 clients. Each client is killed in the middle of a tenth of its calls, and the server is killed twice: each call
 * ends with its own result, once. `CALLS=10000` makes more of them.
 */
import { callStorm, expectedResults } from '../support/call-storm';
import { newFolder, removeFolders } from '../support/data-folder';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';

const CALLS = Number(process.env.CALLS ?? 500);
/** In milliseconds: it only ends a run that hangs. A request that hangs fails by itself. */
const TIME_LIMIT = 600_000 + CALLS * 300;
const CLIENTS = 100;
const COMMON = { CLIENT_RATE: '0', LOG_LEVEL: 'error' };

let dynamo: RunningDynamo;
beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(async () => {
  await dynamo.stop();
  removeFolders();
});

test.each([
  ['the durable process', () => ({ environment: { ...COMMON, DATA_DIR: newFolder() } })],
  ['--wire', () => ({ environment: { ...COMMON, DYNAMODB_ENDPOINT: dynamo.url }, options: ['--wire'] })],
])(
  '%s: each call ends with its own result, once',
  async (name, server) => {
    const outcome = await callStorm({ calls: CALLS, clients: CLIENTS, kills: 2, server: server() });
    const { clientKills, serverKills, duplicates } = outcome;
    process.stdout.write(`${name}: ${JSON.stringify({ calls: CALLS, clientKills, serverKills, duplicates })}\n`);
    expect(new Set(outcome.callIds).size).toBe(CALLS);
    expect(outcome.results).toEqual(expectedResults(outcome, CLIENTS));
    expect({ clientKills, serverKills }).toEqual({ clientKills: CALLS / 10, serverKills: 2 });
  },
  TIME_LIMIT,
);
