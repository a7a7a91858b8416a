/** The attacks. Each runs in its own process until that is ended. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { call } from '../../test/support/http';
import { frame, openRaw } from '../../test/support/raw-client';
import { attackWithFrames } from './hostile-frames';
import { type Counts, startSwarm, writeForever } from './swarm';

export interface Victim {
  webSocketUrl: string;
  httpUrl: string;
  /** The attackers' source address; the honest client's own if omitted. */
  address?: string | undefined;
  /** Duration of the attack in seconds. */
  seconds: number;
  seed: number;
}

export interface Assault {
  /** Its name in the report. */
  label: string;
  start(victim: Victim, counts: Counts): void;
  /** Its maximum duration; unlimited if omitted. */
  frames?: number;
}

const HOSTILE_FRAMES = 1_000_000;

const BROADCASTS = 20;
const BROADCAST_BYTES = 100_000;

const CALLS_A_SECOND = 20;

const open = ({ webSocketUrl, address }: Victim) => openRaw(webSocketUrl, {}, address);

async function openHttp({ httpUrl, address }: Victim): Promise<Socket> {
  const { hostname, port } = new URL(httpUrl);
  const from = address === undefined ? {} : { localAddress: address };
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true, ...from });
  socket.on('error', () => {}); // it may be cut off
  await once(socket, 'connect');
  return socket;
}

/** A socket that is read notices its end; the data is dropped. */
function readNothing(socket: Socket): void {
  socket.pause();
}

async function broadcast({ httpUrl, seconds }: Victim, counts: Counts): Promise<void> {
  const body = { message_type: 'news', data: { text: 'x'.repeat(BROADCAST_BYTES) } };
  for (let sent = 0; sent < BROADCASTS; sent += 1) {
    await setTimeout((seconds * 1_000) / (BROADCASTS + 1));
    await call('POST', `${httpUrl}/broadcast`, body).catch(() => {});
    counts.sent += 1;
  }
}

const piece = frame('x', { opcode: 0, fin: false });
const pieces = Buffer.concat(Array(64).fill(piece));
const pings = Buffer.concat(Array(256).fill(frame('{"type":"ping"}')));
const padding = 'x'.repeat(119_900);
const large = largeFrame({ type: 'chat_message', data: { content: padding } });
const largeCall = largeFrame({ type: 'tool_call', data: { tool_name: 'add', params: { a: 2, b: 3, padding } } });

export const assaults = {
  fragments: {
    label: '2,000 connections that send messages in pieces of one byte',
    start(victim, counts) {
      startSwarm({
        connections: 2_000,
        counts,
        open: () => open(victim),
        harm(socket) {
          socket.resume();
          socket.write(frame('x', { fin: false }));
          writeForever(socket, pieces, () => {
            counts.sent += 64;
          });
        },
      });
    },
  },
  slow_bodies: {
    label: '2,000 requests whose bodies come slowly',
    start(victim, counts) {
      startSwarm({
        connections: 2_000,
        counts,
        open: () => openHttp(victim),
        harm(socket) {
          socket.resume();
          socket.write(
            'POST /send_message HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n',
          );
          socket.write(Buffer.alloc(60_000, ' '));
          counts.sent += 1;
          const drop = setInterval(() => socket.write(Buffer.alloc(1_000, ' ')), 1_000);
          socket.once('close', () => clearInterval(drop));
          socket.once('end', () => socket.destroy());
        },
      });
    },
  },
  unread_broadcasts: {
    label: '2,000 connections that never read, and 20 broadcasts of 100 KB',
    start(victim, counts) {
      startSwarm({
        connections: 2_000,
        counts,
        open: () => open(victim),
        harm: readNothing,
      });
      void broadcast(victim, counts);
    },
  },
  unread_answers: {
    label: '500 callers of the HTTP API that never read',
    start(victim, counts) {
      const requests = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(90);
      startSwarm({
        connections: 500,
        counts,
        open: () => openHttp(victim),
        harm(socket) {
          readNothing(socket);
          socket.write(requests);
          counts.sent += 90;
        },
      });
    },
  },
  flood: {
    label: 'one client that sends pings at full speed',
    start: (victim, counts) => flood(victim, counts, pings, 256),
  },
  large_flood: {
    label: 'one client that sends chats of 120 KB at full speed',
    start: (victim, counts) => flood(victim, counts, large, 1),
  },
  tool_calls: {
    label: `${CALLS_A_SECOND} tool calls of 120 KB a second`,
    start(victim, counts) {
      startSwarm({
        connections: 1,
        counts,
        open: () => open(victim),
        harm(socket) {
          socket.resume();
          const calling = setInterval(() => {
            socket.write(largeCall);
            counts.sent += 1;
          }, 1_000 / CALLS_A_SECOND);
          socket.once('close', () => clearInterval(calling));
        },
      });
    },
  },
  hostile_frames: {
    label: 'a million hostile frames',
    frames: HOSTILE_FRAMES,
    start: (victim, counts) => void attackWithFrames(() => open(victim), counts, HOSTILE_FRAMES, victim.seed),
  },
} as const satisfies Record<string, Assault>;

export type AssaultName = keyof typeof assaults;

/** A client's frame of 65,536 bytes and more, masked with zeroes. */
function largeFrame(message: object): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  const header = Buffer.alloc(14);
  header.writeUInt16BE(0x81ff);
  header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}

function flood(victim: Victim, counts: Counts, bytes: Buffer, messages: number): void {
  startSwarm({
    connections: 1,
    counts,
    open: () => open(victim),
    harm(socket) {
      socket.resume();
      writeForever(socket, bytes, () => {
        counts.sent += messages;
      });
    },
  });
}
