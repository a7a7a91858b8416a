/** Starts Centrifugo from the binary in CENTRIFUGO. The load speaks to it directly, over WebSocket and its HTTP API. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port';

const { CENTRIFUGO = 'centrifugo' } = process.env;

/** No access control, as on the other servers. No heartbeat, because the load program would not answer it. */
const configOf = (port: number) => ({
  http_server: { address: '127.0.0.1', port: String(port) },
  client: { insecure: true, allowed_origins: ['*'], ping_interval: '3600s' },
  http_api: { insecure: true },
  health: { enabled: true },
  debug: { enabled: true }, // so that the probe can request a garbage collection
  channel: { without_namespace: { allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true } },
  log: { level: 'error' },
});

async function main(): Promise<void> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-centrifugo-'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configOf(port)));
  const child = spawn(CENTRIFUGO, ['-c', join(folder, 'config.json')], { stdio: ['ignore', 'ignore', 'inherit'] });
  process.env.MEASURED_PID = String(child.pid); // for the probe
  process.on('exit', () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  process.on('SIGTERM', () => process.exit(0));
  child.on('error', () => process.exit(1));
  child.on('exit', () => process.exit(1));

  const url = `http://127.0.0.1:${port}`;
  process.env.MEASURED_GC_URL = `${url}/debug/pprof/heap?gc=1`;
  const isUp = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) await pause(20);

  process.stdout.write(`WebSocket ws://127.0.0.1:${port}\nHTTP API ${url}\n`);
}

void main();
