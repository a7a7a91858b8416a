/** docs/delivery.md: its command runs, and it lists the outcomes, codes and limits of the code. */
import { ANSWER_SECONDS, DIED_AFTER } from '../../lambdas/ports/answer-store';
import { held, sent } from '../../lambdas/protocol/http-schemas';
import { MAX_HOLD_SECONDS, MAX_IDEMPOTENCY_KEY_LENGTH, MAX_WAIT_SECONDS } from '../../lambdas/protocol/limits';
import { PROBLEMS } from '../../lambdas/protocol/problems';
import { startTestServer, type TestServer } from '../support/local-server';
import { blocksOf, codeIn, sectionOf, tablesOf } from '../support/markdown';
import { endPrograms, startProgram } from '../support/program';
import { ROOT, readMarkdown, withAddresses } from '../support/readme';
import { TestClient } from '../support/test-client';

const page = readMarkdown('docs/delivery.md');

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  endPrograms();
  await server.stop();
});

/** The output of the page's only command, with its subject in its environment. */
function runCommand(clientId: string) {
  const [block, ...others] = blocksOf(page);
  expect(others).toEqual([]);
  const command = withAddresses(block?.code ?? '', server);
  return startProgram('bash', ['--norc', '-euc', command], { cwd: ROOT, environment: { CLIENT_ID: clientId } }).exit;
}

it('the command is answered when the client acknowledges the message, and again when it is repeated', async () => {
  const client = await TestClient.connect(server.webSocketUrl);
  const first = runCommand(client.clientId);
  const { seq, data } = await client.nextOf('chat_message');
  expect(data.content).toBe('Your order is ready');
  client.send({ type: 'ping', ack: seq });
  const { stdout } = await first;
  expect(stdout).toMatch(/^HTTP\/1.1 200/);
  expect(stdout).toMatch(/^preference-applied: wait=10\r$/im);
  expect(stdout).toContain('"delivery":"acknowledged"');
  const again = await runCommand(client.clientId);
  expect(again.stdout).toMatch(/^idempotency-replayed: true\r$/im);
  expect(again.stdout.split('\r\n\r\n')[1]).toBe(stdout.split('\r\n\r\n')[1]);
  await client.close();
});

it('has each outcome of a push', () => {
  const [table = []] = tablesOf(sectionOf(page, 'What `delivery` means'));
  const outcomes = table.slice(1).map(([outcome = '']) => codeIn(outcome)[0]);
  expect(outcomes).toEqual([...sent.shape.delivery.options, held.shape.delivery.value]);
});

it('has each code of a refused key, with its status', () => {
  const text = sectionOf(page, 'Retry a call');
  for (const code of ['idempotency_key_reused', 'in_progress'] as const) {
    expect(text).toContain(`${PROBLEMS[code].status} \`${code}\``);
  }
});

it('has the limits of the code', () => {
  expect(page).toContain(`from 1 to ${MAX_HOLD_SECONDS}.`);
  expect(page).toContain(`up to N seconds, ${MAX_WAIT_SECONDS} at most`);
  expect(page).toContain(`A key has 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} visible ASCII characters`);
  expect(page).toContain(`${ANSWER_SECONDS / 3_600} hours later`);
  expect(page).toContain(`free again after ${DIED_AFTER / 1_000} seconds`);
});
