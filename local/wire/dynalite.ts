/** A DynamoDB inside this process, on loopback: dynalite, which keeps everything in memory. */
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { type LoopbackServer, listenOnLoopback } from './loopback-server';

type CreateDynalite = (options: { createTableMs: number }) => Server;

/** An installed package comes without dynalite: only `--wire` uses it, and it brings 25 packages. */
export class DynaliteMissingError extends Error {
  override readonly name = 'DynaliteMissingError';

  constructor(cause: unknown) {
    super(
      '--wire keeps its data in dynalite, which is not installed. Run npm install dynalite, or set DYNAMODB_ENDPOINT to a DynamoDB.',
      { cause },
    );
  }
}

/**
 * @param accessKeyId  that must sign the calls
 * @throws DynaliteMissingError
 */
export function startDynalite(accessKeyId: string): Promise<LoopbackServer> {
  return listenOnLoopback(accessKeyId, loadDynalite()({ createTableMs: 0 }));
}

/** The package has no types. */
function loadDynalite(): CreateDynalite {
  try {
    return createRequire(__filename)('dynalite');
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND' ? new DynaliteMissingError(error) : error;
  }
}
