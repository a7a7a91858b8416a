/** `npm run deploy` as a program: it asks the account before cdk runs, against the test's own API Gateway. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../support/program';

const ROLE = 'arn:aws:iam::123456789012:role/legacy-rest-api-logs';

/** A CDK app that only says which role it would deploy with. */
const APP = `node -e "console.error('app: ' + JSON.parse(process.env.CDK_CONTEXT_JSON).account_log_role)"`;

const home = mkdtempSync(join(tmpdir(), 'switchboard-deploy-'));

let account: Server;
/** The answer to GET /account; undefined for a refusal. */
let roleArn: string | undefined;
/** Calls of all services, in order. */
let calls: string[];

beforeEach(async () => {
  calls = [];
  account = createServer(({ method, url }, response) => {
    calls.push(`${method} ${url}`);
    const isKnown = url === '/account' && roleArn !== undefined;
    response.writeHead(isKnown ? 200 : 403, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isKnown ? { cloudwatchRoleArn: roleArn } : { message: 'Not authorized' }));
  });
  account.listen(0, '127.0.0.1');
  await once(account, 'listening');
});

afterEach(() => {
  account.closeAllConnections();
  account.close();
});

afterAll(() => rmSync(home, { recursive: true }));

function deploy(...options: string[]) {
  const environment = {
    HOME: home,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(account.address() as AddressInfo).port}`,
    CDK_DISABLE_VERSION_CHECK: '1',
  };
  const output = ['--output', join(home, 'cdk.out')];
  const program = ['--import', 'tsx', 'scripts/deploy/main.ts', '--app', APP, ...output, ...options];
  return startProgram(process.execPath, program, { environment }).exit;
}

it.each([
  [ROLE, 'existing', `API Gateway writes logs with the role ${ROLE}.`],
  ['', 'create', 'The stack sets the role for API Gateway logs.'],
])('deploy asks an account with the role "%s" first, and then deploys with: %s', async (role, expected, said) => {
  roleArn = role;
  const { stdout, stderr } = await deploy();
  expect(calls[0]).toBe('GET /account');
  expect(stdout).toContain(said);
  expect(stderr).toContain(`app: ${expected}\n`);
});

it('cdk does not run if it would replace another API’s role', async () => {
  roleArn = ROLE;
  const { code, stderr } = await deploy('-c', 'account_log_role=create');
  expect([code, calls]).toEqual([1, ['GET /account']]);
  expect(stderr).toContain(`${ROLE}. Omit account_log_role`);
  expect(stderr).not.toContain('app:');
});

it('cdk does not run if the account may not be asked', async () => {
  roleArn = undefined;
  const { code, stderr } = await deploy();
  expect([code, calls]).toEqual([1, ['GET /account']]);
  expect(stderr).toContain('Not authorized');
  expect(stderr).not.toContain('app:');
});
