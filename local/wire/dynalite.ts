/** A DynamoDB inside this process, on loopback: dynalite, which keeps everything in memory. */
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { type LoopbackServer, listenOnLoopback } from './loopback-server';

/** @param accessKeyId  that must sign the calls */
export function startDynalite(accessKeyId: string): Promise<LoopbackServer> {
  // The package has no types.
  const dynalite = createRequire(__filename)('dynalite') as (options: { createTableMs: number }) => Server;
  return listenOnLoopback(accessKeyId, dynalite({ createTableMs: 0 }));
}
