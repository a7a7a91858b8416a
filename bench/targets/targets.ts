/** The servers that can be compared. Each runs in its own process, on loopback. */
import type { DialectName } from '../load/dialects';

export interface Target {
  /** Its name in the report. */
  label: string;
  /** The folder of the program; the project's if omitted. */
  folder?: string;
  /** Relative to that folder. */
  program: string;
  options?: readonly string[];
  environment?: Record<string, string>;
  dialect: DialectName;
  /** Another product, which does not have our messages and is started by a program of ours. */
  isForeign?: boolean;
}

/** A rate that no client reaches: the limit is applied as usual, and delays nobody. */
const UNLIMITED = { CLIENT_RATE: '9999999', CLIENT_BURST: '9999999' };

const local = {
  label: 'Switchboard',
  program: 'scripts/run.mjs',
  options: ['local/main.ts'],
  dialect: 'websocket',
} as const;
const bare = { label: 'bare ws', program: 'bench/targets/bare-server.ts', dialect: 'websocket' } as const;

export const targets = {
  local: { ...local, environment: { ...UNLIMITED, LOG_LEVEL: 'error' } },
  bare,
  socket_io: { label: 'Socket.IO', program: 'bench/targets/socket-io-server.ts', dialect: 'socket_io' },
  /** Its database is a fake in the same process, so its figures say nothing about DynamoDB. */
  wire: {
    ...local,
    label: '`--wire`',
    options: [...local.options, '--wire'],
    environment: { ...UNLIMITED, LOG_LEVEL: 'error' },
  },
  bare_together: { ...bare, label: 'bare ws, one write a read', options: ['--together'] },
  bare_writes: { ...bare, label: 'the writes alone', options: ['--writes'] },
  local_info: { ...local, label: 'Switchboard, `LOG_LEVEL=info`', environment: { ...UNLIMITED, LOG_LEVEL: 'info' } },
  /** Its binary is given by `--binary`. */
  centrifugo: {
    label: 'Centrifugo',
    program: 'bench/targets/centrifugo.ts',
    environment: {} as Record<string, string>,
    dialect: 'centrifugo',
    isForeign: true,
  },
  /** Another checkout of this project, given by `--against`. */
  other: { ...local, label: 'the other checkout', environment: { ...UNLIMITED, LOG_LEVEL: 'error' } },
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof targets;
