/**
 * Sends chat messages to a server in this process, and prints the repository's files that run for one message, as JSON. Options: `--wire`.
 * A file counts if it runs for each of several messages, so that a timer's code does not.
 */
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startServer } from '../../local/server';
import { readSettings } from '../../local/settings';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';

const ROOT = pathToFileURL(join(__dirname, '../../')).href;

/** Warm-up messages: code that runs once is not counted. */
const WARM_UP = 20;
const MESSAGES = 5;

async function main(): Promise<void> {
  const settings = readSettings({ WS_HOST: '127.0.0.1', WS_PORT: '0', API_PORT: '0', DATA_DIR: '' });
  const log = { debug() {}, info() {}, warn() {}, error: console.error };
  const server = await startServer({ settings, log, app: testApp, wire: process.argv.includes('--wire') });
  const client = await TestClient.connect(server.webSocketUrl);
  const chat = () => client.ask({ type: 'chat_message', data: { content: 'Hello' }, message_id: 'm-1' });
  for (let count = 0; count < WARM_UP; count++) await chat();

  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  let files: Set<string> | undefined;
  for (let count = 0; count < MESSAGES; count++) {
    await session.post('Profiler.takePreciseCoverage'); // restarts the counters
    await chat();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const ran = new Set(result.filter(({ functions }) => functions.some(wasCalled)).map(({ url }) => pathOf(url)));
    files = files ? new Set([...files].filter((file) => ran.has(file))) : ran;
  }
  session.disconnect();
  const ours = [...(files ?? [])].filter((file) => /^(lambdas|local)\//.test(file)).sort();
  process.stdout.write(`${JSON.stringify(ours)}\n`);
  await client.close();
  await server.stop();
}

function wasCalled({ ranges: [whole] }: { ranges: { count: number }[] }): boolean {
  return (whole?.count ?? 0) > 0;
}

/** Relative to the root; unchanged for a module of Node or of a package. */
function pathOf(url: string): string {
  const full = url.startsWith('/') ? pathToFileURL(url).href : url;
  return full.startsWith(ROOT) ? full.slice(ROOT.length) : full;
}

main();
