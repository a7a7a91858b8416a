/**
 * `npm run memory`: checks that the server's memory is bounded. 50 clients send 200,000 chat messages over real sockets to a server in
 * its own process, whose heap is measured after a garbage collection. Exits with 1 if the heap keeps growing.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { MemoryAnswer, MemoryRequest } from './memory-server';

const CLIENTS = 50;
const MESSAGES = 200_000;
/** Messages in flight per client. */
const WINDOW = 20;
/** Message counts at which memory is measured: with an empty, half full and full history (two records per message), and from then on. */
const READINGS = [0, 12_500, 25_000, 50_000, 100_000, 150_000, 200_000];
/** Tolerated growth of the heap after the history is full. */
const TOLERANCE_BYTES = 8 * 1_048_576;

interface Reading {
  messages: number;
  heapUsed: number;
  rss: number;
  /** Fewest and most messages in any client's history. */
  fewest: number;
  most: number;
  /** Messages in all histories. */
  kept: number;
}

interface Client {
  clientId: string;
  /** Sends this many chat messages; resolves when all are answered. */
  chat(count: number): Promise<void>;
  close(): void;
}

/** Characters of one question and answer on the wire; all pairs are alike. */
let pairSize = 0;

async function connect(url: string): Promise<Client> {
  const socket = new WebSocket(url);
  const text = JSON.stringify({ type: 'chat_message', data: { content: 'How do you do?' } });
  let unsent = 0;
  let unanswered = 0;
  let done = () => {};
  function sendOne() {
    unsent -= 1;
    socket.send(text);
  }
  const greeting = once(socket, 'message');
  const [data] = await greeting;
  socket.on('message', (frame) => {
    const answer = frame.toString();
    if (!answer.startsWith('{"type":"chat_response"')) return;
    pairSize = text.length + answer.length;
    unanswered -= 1;
    if (unsent > 0) sendOne();
    if (unanswered === 0) done();
  });
  return {
    clientId: JSON.parse(data.toString()).data.client_id,
    chat(count) {
      unsent = count;
      unanswered = count;
      if (count === 0) return Promise.resolve();
      return new Promise((resolve) => {
        done = resolve;
        for (let sent = 0; sent < Math.min(WINDOW, count); sent += 1) sendOne();
      });
    },
    close: () => socket.close(),
  };
}

async function historyLength(httpUrl: string, clientId: string): Promise<number> {
  let length = 0;
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: '1000', ...(cursor !== undefined && { cursor }) });
    const response = await fetch(`${httpUrl}/clients/${clientId}/messages?${query}`);
    const page = (await response.json()) as { messages: unknown[]; next_cursor?: string };
    length += page.messages.length;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return length;
}

function startServerProcess() {
  const child = fork(join(__dirname, 'memory-server.ts'), { execArgv: ['--expose-gc', '--import', 'tsx'] });
  child.once('exit', (code) => code !== 0 && process.exit(1)); // the child printed the reason to stderr
  async function answer(request?: MemoryRequest): Promise<MemoryAnswer> {
    const answered = once(child, 'message');
    if (request) child.send(request);
    const [message] = await answered;
    return message as MemoryAnswer;
  }
  return {
    async listening() {
      const message = await answer();
      if ('listening' in message) return message.listening;
      throw new Error('the server did not report its addresses');
    },
    async memory() {
      const message = await answer('memory');
      if ('memory' in message) return message.memory;
      throw new Error('the server did not report its memory usage');
    },
    async stop() {
      child.send('stop' satisfies MemoryRequest);
      await once(child, 'exit');
    },
  };
}

const mebibytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`;
const count = (value: number) => value.toLocaleString('en');

function row(...cells: string[]): string {
  return cells.map((cell) => cell.padStart(14)).join('');
}

function show({ messages, heapUsed, rss, fewest, most, kept }: Reading): void {
  const each = fewest === most ? count(most) : `${count(fewest)}-${count(most)}`;
  console.log(row(count(messages), mebibytes(heapUsed), mebibytes(rss), count(kept), each));
}

async function main(): Promise<void> {
  const server = startServerProcess();
  const { webSocketUrl, httpUrl } = await server.listening();
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connect(webSocketUrl)));
  console.log(`${CLIENTS} clients send ${count(MESSAGES)} chat messages; each leaves two in the history.\n`);
  console.log(row('messages', 'heap used', 'rss', 'history', 'a client'));

  const readings: Reading[] = [];
  for (const messages of READINGS) {
    const share = (messages - (readings.at(-1)?.messages ?? 0)) / CLIENTS;
    await Promise.all(clients.map((client) => client.chat(share)));
    const lengths = await Promise.all(clients.map(({ clientId }) => historyLength(httpUrl, clientId)));
    const kept = lengths.reduce((sum, length) => sum + length, 0);
    const { heapUsed, rss } = await server.memory();
    const reading = { messages, heapUsed, rss, kept, fewest: Math.min(...lengths), most: Math.max(...lengths) };
    readings.push(reading);
    show(reading);
  }
  for (const client of clients) client.close();
  await server.stop();
  process.exitCode = conclude(readings);
}

/** Prints the result. Returns 1 if the heap grew after the history was full. */
function conclude(readings: readonly Reading[]): number {
  const [half, full] = readings.slice(1) as [Reading, Reading]; // not from the first reading, whose heap has no compiled code and caches yet
  const last = readings.at(-1) as Reading;
  const perMessage = (full.heapUsed - half.heapUsed) / (full.kept - half.kept);
  const beside = perMessage - pairSize / 2;
  console.log(
    `\nA kept message takes ${perMessage.toFixed(0)} bytes of heap, ${beside.toFixed(0)} more than its text.`,
  );
  const growth = last.heapUsed - full.heapUsed;
  const bounded = growth <= TOLERANCE_BYTES && last.kept === full.kept;
  console.log(`With a full history, the heap grew by ${mebibytes(growth)}: ${bounded ? 'bounded' : 'NOT BOUNDED'}.`);
  return bounded ? 0 : 1;
}

void main();
