/** A DynamoDB inside this process, on loopback: dynalite, which keeps everything in memory. */
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { type LoopbackServer, listenOnLoopback } from './loopback-server';

export function startDynalite(): Promise<LoopbackServer> {
  // It has no types of its own.
  const dynalite = createRequire(__filename)('dynalite') as (options: { createTableMs: number }) => Server;
  return listenOnLoopback(dynalite({ createTableMs: 0 }));
}
