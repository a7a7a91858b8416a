/** The servers that are compared. Each runs in a process of its own, on loopback. */
import type { DialectName } from '../load/dialects';

export interface Target {
  label: string;
  /** From the project's folder. */
  program: string;
  options?: readonly string[];
  environment?: Record<string, string>;
  dialect: DialectName;
  /** The most connections it is measured with. */
  maxConnections: number;
}

const LOCAL = { program: 'local/main.ts', dialect: 'websocket', environment: { LOG_LEVEL: 'error' } } as const;

export const targets = {
  local: { ...LOCAL, label: 'Switchboard', maxConnections: 10_000 },
  bare: { label: 'bare ws', program: 'bench/targets/bare-server.ts', dialect: 'websocket', maxConnections: 10_000 },
  socket_io: {
    label: 'Socket.IO',
    program: 'bench/targets/socket-io-server.ts',
    dialect: 'socket_io',
    maxConnections: 10_000,
  },
  /** Its database is a stand-in in the same process, so its figures say nothing of DynamoDB's. */
  wire: { ...LOCAL, label: '--wire', options: ['--wire'], maxConnections: 1_000 },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;
