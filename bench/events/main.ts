/**
 * `npm run bench:events`: how much a slow receiver of events slows messages down. Three servers on disk take turns in short slices, so that
 * other load on the machine affects all alike: one without events, one whose receiver answers at once, and one whose receiver takes
 * seconds. Exits with 1 above the bar; `--write` renews docs/events.md.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endWithUsage, sentenceOf, UsageError } from '../../cli/usage-error';
import { type ChildServer, startChildServer } from '../../test/support/child-server';
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
/** The allowed cost. */
const BAR = 0.02;

const USAGE = [
  'npm run bench:events -- [--rounds=60] [--write]',
  '',
  'Measures what a slow receiver of webhooks costs the clients of a server on disk. Takes two minutes, and ends with 1 above the bar.',
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
}

async function contender(name: string, environment: Record<string, string>): Promise<Contender> {
  const server = await startChildServer({ environment: { CLIENT_RATE: '0', LOG_LEVEL: 'error', ...environment } });
  const connecting = Array.from({ length: CLIENTS }, () => TestClient.connect(server.webSocketUrl));
  return { name, server, clients: await Promise.all(connecting), rates: [] };
}

/** Each client sends its next message when the last one was answered. @returns messages a second */
async function slice(clients: readonly TestClient[]): Promise<number> {
  const begun = performance.now();
  const end = begun + SLICE;
  let messages = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < end) {
        await client.ask({ type: 'chat_message', data: { content: 'Hello' }, message_id: 'm' });
        messages += 1;
      }
    }),
  );
  return (messages * 1_000) / (performance.now() - begun);
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
  const contenders = [
    await contender('no events', { DATA_DIR: join(folder, 'without') }),
    await contender('a receiver that answers at once', to('quick')),
    await contender('a slow receiver', to('slow')),
  ];
  const ratios: { toNone: number; toQuick: number }[] = [];
  try {
    for (const { clients } of contenders) await slice(clients);
    for (let round = 0; round < rounds; round++) {
      const inTurn = round % 2 === 0 ? contenders : contenders.toReversed();
      for (const { clients, rates } of inTurn) rates.push(await slice(clients));
      const [none = 1, quick = 1, slow = 1] = contenders.map(({ rates }) => rates.at(-1));
      ratios.push({ toNone: slow / none, toQuick: slow / quick });
    }
  } finally {
    for (const { server } of contenders) server.process.kill('SIGKILL');
    await Promise.all(contenders.map(({ server }) => server.exit));
    receiver.closeAllConnections();
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const costTo = (other: keyof (typeof ratios)[number]) => 1 - median(ratios.map((ratio) => ratio[other]));
  const cost = costTo('toNone');
  const rows = contenders.map(({ name, rates }) => [name, median(rates).toFixed(0)]);
  const isMet = cost <= BAR;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const line = [
    `Events with a slow receiver cost ${percent(cost)} of the rate without events: ${isMet ? 'met' : 'NOT MET'}, ≤ ${BAR * 100} %.`,
    `That the receiver is slow costs ${percent(costTo('toQuick'))} of the rate with one that answers at once.`,
  ].join(' ');
  const table = textTable([['server', 'chats a second, median'], ...rows]);
  const text = [measuredWith('npm run bench:events', describeMachine()), line, '', table, ''].join('\n');
  process.stdout.write(text);
  if (values.write) writeMeasured('events.md', text);
  if (!isMet) process.exitCode = 1;
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
