/**
 * The bundles that Lambda loads behave like the sources. These parts of the suite call every function that clients and services reach; `npm
 * run rehearse` runs the whole suite on deployed bundles.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { calls } from '../e2e/suite/calls';
import { conformanceSuite } from '../e2e/suite/conformance';
import { documents } from '../e2e/suite/documents';
import { eventually } from '../e2e/suite/eventually';
import { groups } from '../e2e/suite/groups';
import { mcp } from '../e2e/suite/mcp';
import { presence } from '../e2e/suite/presence';
import { pushes } from '../e2e/suite/pushes';
import { resume } from '../e2e/suite/resume';
import { webSocketMessages } from '../e2e/suite/websocket-messages';
import { type ChildServer, startChildServer } from '../support/child-server';
import { AUDIENCE, type OidcIssuer, startOidcIssuer } from '../support/oidc-issuer';
import { TestClient } from '../support/test-client';

describe('the functions, as they are bundled', () => {
  const apiKey = randomUUID();
  let server: ChildServer | undefined;
  let mcpServer: ChildProcess | undefined;
  let issuer: OidcIssuer | undefined;

  beforeAll(async () => {
    const program = join(__dirname, '../support/mcp-program.mjs');
    mcpServer = spawn(process.execPath, [program, '--http'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = await once(createInterface({ input: mcpServer.stdout as NodeJS.ReadableStream }), 'line');
    issuer = await startOidcIssuer();
    const environment = {
      API_KEY: apiKey,
      OIDC_ISSUER: issuer.issuer,
      OIDC_AUDIENCE: AUDIENCE,
      MCP_SERVERS: JSON.stringify({ pages: { url, headers: { 'x-key': { secret: 'PAGES_KEY' } } } }),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', // the SDK warns about Node versions older than Lambda's
    };
    server = await startChildServer({ program: 'test/support/bundled-server.ts', environment });
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    const exit = await server?.exit;
    mcpServer?.kill('SIGKILL');
    await issuer?.stop();
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    expectLog(exit?.stdout.trim().split('\n').slice(3) ?? []);
  });

  it('offer the tools of an MCP server, and call them with a secret of Secrets Manager', async () => {
    const client = await suite.connect();
    await eventually(async () => {
      const { data: offered } = await client.ask({ type: 'list_tools' });
      expect(offered.tools.map(({ name }: { name: string }) => name)).toContain('pages.read_page');
    });
    const ask = (tool_name: string, params = {}) => client.ask({ type: 'tool_call', data: { tool_name, params } });
    expect((await ask('pages.read_page', { page: 7 })).data).toMatchObject({ status: 'completed', result: 'Page 7' });
    expect((await ask('pages.key')).data.result).toContain('k-7');
    expect((await ask('unknown')).data).toMatchObject({ simulated: true });
  });

  it('accept tokens of an OpenID issuer', async () => {
    const client = await TestClient.connect(`${server?.webSocketUrl}/?token=${await issuer?.token()}`);
    expect(client.clientId).toBe('device-1');
    await client.close();
  });

  const suite = conformanceSuite(
    () => {
      if (!server) throw new Error('the server has not started');
      return { ...server, apiKey };
    },
    { access: 'token', parts: [webSocketMessages, pushes, groups, presence, resume, calls, mcp, documents] },
  );
});

/** Each line is a JSON object for CloudWatch, and counted lines carry their metric. */
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
