/**
 * `npm run bench:events`: how much events slow messages down. Three servers on disk take turns in short slices, so that other load on the
 * machine affects all alike: one without events, one whose receiver answers at once, and one whose receiver takes seconds. The quick one has
 * delivered all its events before the next server's turn. Exits with 1 above the bar; `--write` renews docs/events.md.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { endWithUsage, sentenceOf, UsageError } from '../../cli/usage-error';
import { type ChildServer, startChildServer } from '../../test/support/child-server';
import { call } from '../../test/support/http';
import { TestClient } from '../../test/support/test-client';
import { describeMachine } from '../machine';
import { median } from '../readings';
import { measuredWith, writeMeasured } from '../report/measured-part';
import { textTable } from '../report/text-table';

const CLIENTS = 50;
/** Milliseconds per slice, and slices per server. */
const SLICE = 500;
const ROUNDS = 60;
/** How long the receiver takes, in milliseconds. */
const SLOW = 5_000;
/** The allowed cost, as a share of the rate without events. */
const BAR = 0.02;

const QUICK = 'a receiver that answers at once';

const USAGE = [
  'npm run bench:events -- [--rounds=60] [--write]',
  '',
  'Measures what events cost the clients of a server on disk, with a quick and with a slow receiver of webhooks. Takes three minutes, and ends',
  'with 1 above the bar.',
  '',
  '  --rounds=NUMBER   slices of half a second that each server has',
  '  --write           renews docs/events.md',
];

interface Contender {
  name: string;
  server: ChildServer;
  clients: TestClient[];
  /** Messages a second, by slice. */
  rates: number[];
  messages: number;
  /** Milliseconds of processor time at the start. */
  usedBefore: number;
}

async function contender(name: string, environment: Record<string, string>): Promise<Contender> {
  const server = await startChildServer({ environment: { CLIENT_RATE: '0', LOG_LEVEL: 'error', ...environment } });
  const connecting = Array.from({ length: CLIENTS }, () => TestClient.connect(server.webSocketUrl));
  const one: Contender = {
    name,
    server,
    clients: await Promise.all(connecting),
    rates: [],
    messages: 0,
    usedBefore: 0,
  };
  await slice(one);
  return { ...one, rates: [], messages: 0, usedBefore: processorTime(one) };
}

/** Each client sends its next message when the last one was answered. */
async function slice(one: Contender): Promise<void> {
  const begun = performance.now();
  const end = begun + SLICE;
  let messages = 0;
  await Promise.all(
    one.clients.map(async (client) => {
      while (performance.now() < end) {
        await client.ask({ type: 'chat_message', data: { content: 'Hello' }, message_id: 'm' });
        messages += 1;
      }
    }),
  );
  one.messages += messages;
  one.rates.push((messages * 1_000) / (performance.now() - begun));
  if (one.name === QUICK) await hasDelivered(one);
}

async function hasDelivered({ server }: Contender): Promise<void> {
  while ((await call('GET', `${server.httpUrl}/events`)).body.queued > 0) await wait(20);
}

/** Milliseconds, of all threads of the server. Linux counts ticks of 10 ms. */
function processorTime({ server }: Contender): number {
  const fields = readFileSync(`/proc/${server.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** What one server costs beside another. */
function compare(one: Contender, other: Contender) {
  const ratios = one.rates.map((rate, round) => rate / (other.rates[round] ?? rate));
  return { rate: median(ratios), processor: perChat(one) / perChat(other) };
}

/** Microseconds of processor time a chat, with the deliveries of its events. */
function perChat(one: Contender): number {
  return ((processorTime(one) - one.usedBefore) * 1_000) / one.messages;
}

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: String(ROUNDS) }, write: { type: 'boolean', default: false } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError('--rounds must be a number from 1.');
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  const receiver = createServer((request, response) => {
    request.resume();
    setTimeout(() => response.writeHead(204).end(), request.url === '/slow' ? SLOW : 0);
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const to = (name: string) => {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${name}`;
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify({ [name]: { url, secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}` } }));
    return { WEBHOOKS: path, DATA_DIR: join(folder, name) };
  };
  const none = await contender('no events', { DATA_DIR: join(folder, 'without') });
  const quick = await contender(QUICK, to('quick'));
  const slow = await contender('a slow receiver', to('slow'));
  const contenders = [none, quick, slow];
  try {
    for (let round = 0; round < rounds; round++) {
      for (const one of round % 2 === 0 ? contenders : contenders.toReversed()) await slice(one);
    }
    const { text, isMet } = report(none, quick, slow);
    process.stdout.write(text);
    if (values.write) writeMeasured('events.md', text);
    if (!isMet) process.exitCode = 1;
  } finally {
    for (const { server } of contenders) server.process.kill('SIGKILL');
    await Promise.all(contenders.map(({ server }) => server.exit));
    receiver.closeAllConnections();
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(none: Contender, quick: Contender, slow: Contender): { text: string; isMet: boolean } {
  const pairs = [
    ['events on / off, quick receiver', compare(quick, none)],
    ['slow / quick receiver', compare(slow, quick)],
    ['slow receiver / no events', compare(slow, none)],
  ] as const;
  const cost = 1 - pairs[2][1].rate;
  const isMet = cost <= BAR;
  const line = `A slow receiver costs ${(cost * 100).toFixed(1)} % of the rate without events: ${isMet ? 'met' : 'NOT MET'}, ≤ ${BAR * 100} %.`;
  const ratios = pairs.map(([name, { rate, processor }]) => [name, rate.toFixed(2), processor.toFixed(2)]);
  const figures = [none, quick, slow].map((one) => [one.name, median(one.rates).toFixed(0), perChat(one).toFixed(0)]);
  const tables = [
    textTable([['ratio', 'chats a second', 'processor time a chat'], ...ratios]),
    textTable([['server', 'chats a second, median', 'processor time a chat, µs'], ...figures]),
  ];
  const text = [measuredWith('npm run bench:events', describeMachine()), line, '', tables[0], '', tables[1], ''].join(
    '\n',
  );
  return { text, isMet };
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
