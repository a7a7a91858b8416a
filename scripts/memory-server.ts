/** The server process of `npm run memory`: reports its memory usage to the parent on request. */
import { startServer } from '../local/server';
import { readSettings } from '../local/settings';
import { createTerminalLog } from '../local/terminal-log';

export type MemoryRequest = 'memory' | 'stop';
export type MemoryAnswer = { listening: { webSocketUrl: string; httpUrl: string } } | { memory: NodeJS.MemoryUsage };

async function main(): Promise<void> {
  const settings = readSettings({ WS_HOST: '127.0.0.1', WS_PORT: '0', API_PORT: '0', DATA_DIR: '', CLIENT_RATE: '0' });
  const server = await startServer({ settings, log: createTerminalLog('silent', () => {}) });
  const tell = (answer: MemoryAnswer) => process.send?.(answer);
  process.on('message', async (request: MemoryRequest) => {
    if (request === 'memory') {
      global.gc?.();
      return tell({ memory: process.memoryUsage() });
    }
    await server.stop();
    process.exit(0);
  });
  process.on('disconnect', () => process.exit(1)); // the parent has exited
  tell({ listening: { webSocketUrl: server.webSocketUrl, httpUrl: server.httpUrl } });
}

void main();
