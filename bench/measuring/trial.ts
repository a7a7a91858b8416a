/** The input of every measurement: the server and the load, and where its figures go. */
import { setTimeout as pause } from 'node:timers/promises';
import type { LoadProcess } from '../load-process';
import type { MeasureName } from '../measures';
import type { TargetProcess } from '../target-process';

export interface Trial {
  server: TargetProcess;
  load: LoadProcess;
  record(measure: MeasureName, value: number): void;
}

/** Milliseconds for a server to process new or closed connections, before anything is measured. */
const SETTLING = 200;

export interface Opening {
  /** Connections a second, each until its greeting. */
  rate: number;
  /** Microseconds of the server's processor a connection. */
  processor: number;
}

export async function openClients({ server, load }: Trial, count: number): Promise<Opening> {
  const { webSocketUrl: url, target } = server;
  const before = await server.usage('processor');
  const start = performance.now();
  await load.call('open', { url, dialect: target.dialect, count });
  const seconds = (performance.now() - start) / 1_000;
  await pause(SETTLING);
  const after = await server.usage('processor');
  return { rate: count / seconds, processor: (after.processor - before.processor) / count };
}

export async function closeClients({ load }: Trial): Promise<void> {
  await load.call('close');
  await pause(SETTLING);
}
