/**
 * Lets commands on this machine reach the server of a data folder: HTTP over a socket in that folder, which only this user can open.
 * `POST /backup` `{"folder": "/path"}` makes a backup.
 */
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Log } from '../lambdas/ports/runtime';

export interface ControlOptions {
  backUp(folder: string): Promise<void>;
  log: Log;
}

export interface ControlSocket {
  close(): Promise<void>;
}

export function controlPath(dataFolder: string): string {
  return join(dataFolder, 'control.sock');
}

/** If a socket is not possible, as on some file systems or with a long path, the server runs without it. */
export async function openControlSocket(dataFolder: string, { backUp, log }: ControlOptions): Promise<ControlSocket> {
  const path = controlPath(dataFolder);
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (`${request.method} ${request.url}` !== 'POST /backup') return void response.writeHead(404).end();
      const { folder } = (await json(request)) as { folder: string };
      await backUp(folder);
      log.info('backup_made', { folder });
      response.end('{}');
    } catch (error) {
      log.error('backup_failed', error);
      response.writeHead(500).end(JSON.stringify({ error: (error as Error).message }));
    }
  }

  try {
    await rm(path, { force: true }); // left by a killed server: this process holds the folder's lock, so nobody uses it
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(path, resolve);
    });
    await chmod(path, 0o600);
  } catch (error) {
    log.info('no_control_socket', { path, reason: (error as NodeJS.ErrnoException).code });
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve()); // a running backup ends first
      }),
  };
}
