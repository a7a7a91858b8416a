/** The bundles that Lambda loads do all that the sources do: the whole contract, on them alone. */
import { randomUUID } from 'node:crypto';
import { type ChildServer, startChildServer } from '../support/child-server';
import { conformanceSuite } from './suite/conformance';

describe('the functions, as they are bundled', () => {
  const apiKey = randomUUID();
  let server: ChildServer | undefined;

  beforeAll(async () => {
    // The SDK warns of Node versions that are older than Lambda's.
    const environment = { API_KEY: apiKey, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
    server = await startChildServer({ program: 'test/support/bundled-server.ts', environment });
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    const exit = await server?.exit;
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    expectLog(exit?.stdout.trim().split('\n').slice(3) ?? []);
  });

  conformanceSuite(
    () => {
      if (!server) throw new Error('the server has not started');
      return { ...server, apiKey };
    },
    { access: 'token' },
  );
});

/** Each line is an object for CloudWatch, and what is counted carries its metric. */
function expectLog(lines: string[]): void {
  const events = lines.map((line) => JSON.parse(line));
  const connected = events.find(({ message }) => message === 'connected');
  expect(connected).toMatchObject({
    level: 'INFO',
    service: 'switchboard',
    client_id: expect.any(String),
    connected: 1,
    _aws: { CloudWatchMetrics: [{ Namespace: 'Switchboard' }] },
  });
}
