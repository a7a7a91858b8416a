import { type ChildServer, startChildServer } from '../support/child-server';
import { conformanceSuite } from './suite/conformance';

/** Each way to start the server on one machine, by the options of the program. */
const HOSTS: [name: string, options: readonly string[]][] = [
  ['in memory', []],
  ['--wire', ['--wire']],
];

describe.each(HOSTS)('the local server, %s', (_, options) => {
  let server: ChildServer | undefined;

  beforeAll(async () => {
    server = await startChildServer({ options, environment: { LOG_LEVEL: 'error' } });
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    expect(await server?.exit).toMatchObject({ code: 0 });
  });

  conformanceSuite(() => {
    if (!server) throw new Error('the server has not started');
    return server;
  });
});
