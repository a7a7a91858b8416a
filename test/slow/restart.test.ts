/**
 * A planned restart under load: clients of both libraries chat and call tools, the team pushes and broadcasts, and the server is stopped
 * with SIGTERM and started again. Nothing may be lost or handled twice. The test prints how fast the clients reconnect.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Clients, startPythonClients, startTypeScriptClients } from '../chaos/clients';
import { Ledger } from '../chaos/ledger';
import { Team } from '../chaos/team';
import { type ChildServer, startChildServer } from '../support/child-server';
import { newFolder } from '../support/data-folder';
import { call } from '../support/http';
import { hasPythonClient } from '../support/python';

const { RESTART_CLIENTS = '200' } = process.env;

/** Duration of the load before the stop, and after the last client is back, in milliseconds. */
const LOAD = 3_000;

/** Number of checks of who is back before a hanging run is ended. */
const LOOKS = 900;

/** No client program restarts. */
const NEVER = 1_000_000_000;

/** When each client connected, according to the server's log. */
function connectsOf(log: string) {
  return [...log.matchAll(/^(\S+Z) info +connected client_id=(\S+)/gm)].map(([, time = '', clientId = '']) => ({
    at: Date.parse(time),
    clientId,
  }));
}

/** The first connection of each client. */
function firstOf(connects: ReturnType<typeof connectsOf>): number[] {
  return [...new Map([...connects].reverse().map(({ clientId, at }) => [clientId, at])).values()];
}

async function connectedClients({ httpUrl }: ChildServer): Promise<number> {
  return (await call('GET', `${httpUrl}/status`)).body.connected_clients;
}

function mostInASecond(times: readonly number[]): number {
  const sorted = [...times].sort((one, other) => one - other);
  return Math.max(...sorted.map((from, index) => sorted.slice(index).filter((at) => at < from + 1_000).length));
}

it('no message is lost or handled twice, and every client comes back', async () => {
  const folder = newFolder();
  const runsFile = join(folder, 'runs');
  const environment = {
    ...{ CHAOS_LOG: runsFile, CHAOS_HANDLER_MS: '500', DATA_DIR: join(folder, 'data'), CLIENT_RATE: '0' },
    ...{ HISTORY_PER_CLIENT: '1000000', HISTORY_TOTAL_BYTES: '1000000000' },
  };
  // As `npm start` runs a program: a fast start is part of a restart.
  const program = { program: 'scripts/run.mjs', options: ['test/chaos/server-program.ts'] };
  const ledger = new Ledger();
  const first = await startChildServer({ ...program, environment: { ...environment, CHAOS_LIFE: '1' } });
  const given = { url: first.webSocketUrl, seed: 1, ledger, sendEvery: 2_000, restartAfter: NEVER };
  const names = (library: string, count: number) => Array.from({ length: count }, (_, index) => `${library}-${index}`);
  const [ts, py] = [names('ts', Number(RESTART_CLIENTS)), hasPythonClient() ? names('py', 20) : []];
  for (const name of [...ts, ...py]) ledger.addClient(name);
  const all: Clients[] = [await startTypeScriptClients({ ...given, names: ts })];
  if (py.length > 0) all.push(await startPythonClients({ ...given, names: py }));
  const ids = new Map(all.flatMap((clients) => [...clients.ids]));
  const team = new Team({
    httpUrl: first.httpUrl,
    ids,
    pushEvery: 20,
    broadcastEvery: 1_000,
    ledger,
    runId: 'restart',
  });
  for (const clients of all) clients.begin();
  await wait(LOAD);

  const stoppedAt = Date.now();
  first.process.kill('SIGTERM');
  const { code } = await first.exit;
  const downAt = Date.now();
  const [WS_PORT, API_PORT] = [first.webSocketUrl, first.httpUrl].map((url) => new URL(url).port) as [string, string];
  const second = await startChildServer({
    ...program,
    environment: { ...environment, CHAOS_LIFE: '2', WS_PORT, API_PORT },
  });
  const upAt = Date.now();
  let back = 0;
  for (let looks = 0; back < ids.size && looks < LOOKS; looks += 1) {
    await wait(100);
    back = await connectedClients(second);
  }
  await wait(LOAD);

  await Promise.all(all.map((clients) => clients.stopSending()));
  await team.stop();
  for (let seen = -1; ledger.missing().length > 0 && seen !== ledger.entries; await wait(10_000)) seen = ledger.entries;
  const runs = existsSync(runsFile) ? readFileSync(runsFile, 'utf8').trimEnd().split('\n') : [];
  const { faults, counts } = ledger.close(
    runs.map((line) => JSON.parse(line)),
    () => false,
  );
  for (const clients of all) await clients.close();
  second.process.kill('SIGTERM');
  const connects = connectsOf((await second.exit).stdout);
  process.stdout.write(
    `restart: ${ids.size} clients; stopped in ${downAt - stoppedAt} ms, up again after ${upAt - stoppedAt} ms, all back after ` +
      `${Math.max(...firstOf(connects)) - stoppedAt} ms; at most ${mostInASecond(connects.map(({ at }) => at))} connects a second; ${counts.chats} chats, ` +
      `${counts.toolCalls} tool calls, ${counts.pushes} pushes, ${counts.copies} copies of broadcasts; ${JSON.stringify(faults)}\n`,
  );
  expect([code, back]).toEqual([0, ids.size]);
  expect(faults).toEqual({ lost: [], twice: [], outOfOrder: [], handledTwice: [], other: [] });
  expect(counts.pushes).toBeGreaterThan(0);
});
