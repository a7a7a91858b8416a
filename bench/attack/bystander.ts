/**
 * The process of an honest client: it pings at a steady pace, whether or not the last ping was answered, and reports how long the answers
 * took. Its argument is the server's address.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';

export type BystanderRequest = 'begin' | 'end';

export interface Pings {
  /** Numbers of answered and of sent pings; the last pings of a period may be under way. */
  answered: number;
  sent: number;
  /** In milliseconds. */
  p50: number;
  p99: number;
  most: number;
}

/** Milliseconds between two pings. */
const PACE = 5;

async function main(): Promise<void> {
  const socket = new WebSocket(process.argv[2] as string);
  await once(socket, 'message'); // the greeting
  const sentAt = new Map<number, number>();
  let times: number[] = [];
  let sent = 0;
  let number = 0;
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    if (!text.startsWith('{"type":"pong"')) return; // a broadcast
    const id = Number(JSON.parse(text).reply_to);
    const at = sentAt.get(id);
    if (at !== undefined) times.push(performance.now() - at);
    sentAt.delete(id);
  });
  socket.on('close', (code) => {
    process.stderr.write(`the honest client was closed with ${code}\n`);
    process.exit(1);
  });
  setInterval(() => {
    number += 1;
    sent += 1;
    sentAt.set(number, performance.now());
    socket.send(JSON.stringify({ type: 'ping', message_id: String(number) }));
  }, PACE);

  process.on('message', (request: BystanderRequest) => {
    if (request === 'begin') {
      times = [];
      sent = 0;
      sentAt.clear();
      return process.send?.({});
    }
    // An unanswered ping counts with the time that it has waited so far.
    const now = performance.now();
    const all = [...times, ...[...sentAt.values()].map((at) => now - at)].sort((a, b) => a - b);
    const at = (share: number) => all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? Number.NaN;
    const pings: Pings = { answered: times.length, sent, p50: at(0.5), p99: at(0.99), most: at(1) };
    process.send?.(pings);
  });
  process.on('disconnect', () => process.exit(1));
  process.on('SIGTERM', () => process.exit(0));
  process.send?.('ready');
}

void main();
