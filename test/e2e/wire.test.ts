/**
 * `npm start -- --wire` with AUTH=token and LOG_LEVEL=debug: the whole conformance suite, once, and what was observed during that run: each
 * call to AWS, and each line of the log.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwsCall, type AwsRecorder, startAwsRecorder } from '../support/aws-recorder';
import { type ChildServer, type Exit, startChildServer } from '../support/child-server';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { createKeysFile } from '../support/keys-file';
import { callsBesideTheSuite, leastPrivilege } from './least-privilege';
import { type Heard, listen, nothingSecretInLogs } from './nothing-secret-in-logs';
import { conformanceSuite } from './suite/conformance';
import { PRESENCE_GROUPS } from './suite/presence';

const keys = createKeysFile();
const folder = mkdtempSync(join(tmpdir(), 'switchboard-calls-'));
const file = join(folder, 'calls.json');
let dynamo: RunningDynamo;
let recorder: AwsRecorder;
let server: ChildServer;
let heard: Heard;
const apiKey = () => keys.read().api_key.current;

beforeAll(async () => {
  dynamo = await startDynalite();
  recorder = await startAwsRecorder(dynamo.url);
  const environment = {
    DYNAMODB_ENDPOINT: recorder.dynamoUrl,
    AUTH: 'token',
    KEYS_FILE: keys.path,
    LOG_LEVEL: 'debug',
    PRESENCE_GROUPS,
    CLIENT_RATE: '5',
    CLIENT_BURST: '300', // a flood is some thousand messages, which no test of the suite comes near
    RECORD_TO: file,
    CONNECTIONS_CREDENTIALS: 'local:local', // because the calls made beside the suite are signed
  };
  server = await startChildServer({ program: 'test/support/recorded-server.ts', options: ['--wire'], environment });
  recorder.take(); // the server creates its tables itself: on AWS the stack does
  heard = listen();
});

afterAll(async () => {
  jest.restoreAllMocks();
  server?.process.kill('SIGKILL');
  await recorder.stop();
  await dynamo.stop();
  keys.remove();
  rmSync(folder, { recursive: true });
});

describe('the local server, --wire, AUTH=token, LOG_LEVEL=debug', () => {
  conformanceSuite(() => ({ ...server, apiKey: apiKey() }), { access: 'token' });
  callsBesideTheSuite(() => {
    const { httpUrl, connectionsUrl = '' } = server;
    return { dynamo, recorder, httpUrl, connectionsUrl, apiKey: apiKey() };
  });
});

describe('of that run', () => {
  let exit: Exit;
  let calls: AwsCall[];

  beforeAll(async () => {
    server.process.kill('SIGTERM');
    exit = await server.exit;
    calls = [...recorder.take(), ...JSON.parse(readFileSync(file, 'utf8'))];
  });

  it('the server stops cleanly', () => {
    expect(exit.code).toBe(0);
  });

  leastPrivilege(() => calls);
  nothingSecretInLogs(keys, () => ({ ...heard, lines: `${exit.stdout}\n${exit.stderr}`.split('\n') }));
});
