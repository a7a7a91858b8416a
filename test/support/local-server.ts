/** A server in the test's own process, on free loopback ports, with its log in an array. */
import type { Log, LogFields } from '../../lambdas/ports/runtime';
import { type ServerOptions, type SwitchboardServer, startServer } from '../../local/server';
import { readSettings } from '../../local/settings';
import { testApp } from './test-app';

export interface LogEntry {
  level: 'debug' | 'info' | 'warn' | 'error';
  event: string;
  fields: LogFields | undefined;
  cause?: unknown;
}

export interface TestServer extends SwitchboardServer {
  log: LogEntry[];
}

/** @param environment  settings in addition to the ports */
export async function startTestServer(
  environment: Record<string, string> = {},
  options: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const entries: LogEntry[] = [];
  const log: Log = {
    debug: (event, fields) => entries.push({ level: 'debug', event, fields }),
    info: (event, fields) => entries.push({ level: 'info', event, fields }),
    warn: (event, fields) => entries.push({ level: 'warn', event, fields }),
    error: (event, cause, fields) => entries.push({ level: 'error', event, fields, cause }),
  };
  const settings = readSettings({ WS_HOST: '127.0.0.1', WS_PORT: '0', API_PORT: '0', DATA_DIR: '', ...environment });
  const server = await startServer({ settings, log, app: testApp, environment, ...options });
  return { ...server, log: entries };
}
