/**
 * `npm run bench:console`: how fast the console is while many clients are connected and chat, and how much of the server's rate it costs.
 * `--write` renews docs/console.md.
 */
import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { endWithUsage, sentenceOf, UsageError } from '../../cli/usage-error';
import { hasBrowser } from '../../test/support/browser';
import { startLoadProcess } from '../load-process';
import { describeMachine } from '../machine';
import { connectionLimit } from '../open-files';
import { median } from '../readings';
import { measuredWith, writeMeasured } from '../report/measured-part';
import { figure } from '../report/numbers';
import { textTable } from '../report/text-table';
import { startTarget } from '../target-process';
import { targets } from '../targets/targets';
import { type ConsolePage, openConsole } from './page';

const USAGE = [
  'npm run bench:console -- [--clients=10000] [--rounds=15] [--write]',
  '',
  'Opens the console in Chromium while clients are connected and chat: how long the first rows and a filter take, and how much of',
  'the server rate the open console costs. Takes a few minutes, and exits with 1 if a bar is missed.',
  '',
  '  --clients=NUMBER   connected',
  '  --rounds=NUMBER    rounds with the console, and as many without it',
  '  --write            renews docs/console.md',
];

/** Of all clients together. */
const MESSAGES_A_SECOND = 200;

/** Clients that send as soon as they are answered, for the rate. */
const BUSY = { clients: 50, inFlight: 4 };

/** Duration of a measurement of the rate, and of the time before it counts, in milliseconds. */
const SLICE = { run: 3_000, settle: 2_000 };

/** How often the page is opened; the median counts. */
const OPENINGS = 5;

/** Texts that the filter searches for: parts of client ids that match many, some and no clients. */
const SEARCHES = ['a', 'ab', '1', '7f', 'nobody', ''];

/** The operator's browser usually runs on another machine: here it runs at a lower priority. */
const BROWSER_PRIORITY = 10;

/** Milliseconds, and the share of the rate that may be lost. */
const BARS = { firstRow: 1_000, filter: 100, lost: 0.05 };

function readOptions() {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '15' },
      write: { type: 'boolean', default: false },
    },
  });
  const numbers = { clients: Number(values.clients), rounds: Number(values.rounds) };
  for (const [name, value] of Object.entries(numbers))
    if (!Number.isInteger(value) || value < 1) throw new UsageError(`--${name} must be a number from 1.`);
  if (numbers.clients + BUSY.clients > connectionLimit())
    throw new UsageError(`A process may not open ${numbers.clients} connections here: see ulimit -n.`);
  return { ...numbers, write: values.write };
}

/** Opens the page repeatedly. @returns milliseconds */
async function measureOpenings(page: ConsolePage): Promise<number[]> {
  const times: number[] = [];
  for (let opening = 0; opening < OPENINGS; opening += 1) {
    times.push(await page.open());
    await page.leave();
  }
  return times;
}

async function measureFilters(page: ConsolePage): Promise<number[]> {
  const times: number[] = [];
  for (const text of SEARCHES) times.push(await page.filter(text));
  return times;
}

async function measure(clients: number, rounds: number) {
  if (!hasBrowser()) throw new UsageError('Chromium was not found: set CHROMIUM to its path.');
  const server = await startTarget(targets.local);
  const [crowd, busy] = [startLoadProcess(), startLoadProcess()];
  setPriority(BROWSER_PRIORITY); // inherited by everything that this process starts from here on
  const page = await openConsole(server.httpUrl);
  try {
    const to = { url: server.webSocketUrl, dialect: server.target.dialect };
    await crowd.call('open', { ...to, count: clients });
    await crowd.call('startPace', { message: 'chat', perSecond: MESSAGES_A_SECOND });
    const openings = await measureOpenings(page);
    await page.open();
    await page.complete(clients);
    const filters = await measureFilters(page);

    await page.leave();
    await busy.call('open', { ...to, count: BUSY.clients });
    const slice = async (isOpen: boolean) => {
      await (isOpen ? page.open() : page.leave());
      await busy.call('startRate', { message: 'chat', inFlight: BUSY.inFlight });
      await pause(SLICE.settle);
      const [used, before] = [await server.usage('processor'), await busy.call('sample')];
      await pause(SLICE.run);
      const [usedAfter, after] = [await server.usage('processor'), await busy.call('sample')];
      await busy.call('stopRate');
      const messages = after.answered - before.answered;
      return {
        rate: (messages * 1_000) / (after.at - before.at),
        processor: (usedAfter.processor - used.processor) / messages,
      };
    };
    const pairs = [];
    for (let round = 0; round < rounds; round += 1) {
      process.stderr.write(`rate, round ${round + 1} of ${rounds}\n`);
      const isFirst = round % 2 === 0;
      const [one, other] = [await slice(isFirst), await slice(!isFirst)];
      pairs.push(isFirst ? { open: one, closed: other } : { open: other, closed: one });
    }
    return { openings, filters, pairs };
  } finally {
    await page.close();
    await Promise.all([crowd.stop(), busy.stop()]);
    await server.stop();
  }
}

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const { clients, rounds, write } = readOptions();
  const { openings, filters, pairs } = await measure(clients, rounds);
  const [firstRow, filter] = [median(openings), Math.max(...filters)];
  const [open, closed] = [median(pairs.map((pair) => pair.open.rate)), median(pairs.map((pair) => pair.closed.rate))];
  const lost = 1 - median(pairs.map((pair) => pair.open.rate / pair.closed.rate));
  const work = median(pairs.map((pair) => pair.open.processor / pair.closed.processor)) - 1;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const rows = [
    ['until the first rows, ms', figure(firstRow), verdict(firstRow, BARS.firstRow, '< 1,000')],
    ['a filter, the slowest, ms', figure(filter), verdict(filter, BARS.filter, '< 100')],
    ['chats a second without the console', figure(closed), ''],
    ['chats a second with it', figure(open), ''],
    ['rate that is lost', percent(lost), verdict(lost, BARS.lost, '≤ 5 %')],
    ['processor time of a message, more', percent(work), ''],
  ];
  const about = `${clients.toLocaleString('en')} clients, ${MESSAGES_A_SECOND} messages a second; for the rate ${BUSY.clients} more clients at full speed.`;
  const table = textTable([['', 'measured', 'bar'], ...rows]);
  const text = [measuredWith('npm run bench:console', describeMachine()), about, '', table, ''].join('\n');
  process.stdout.write(text);
  if (write) writeMeasured('console.md', text);
  if (firstRow >= BARS.firstRow || filter >= BARS.filter || lost > BARS.lost) process.exitCode = 1;
}

function verdict(value: number, bar: number, text: string): string {
  return `${value <= bar ? 'met' : 'NOT MET'}: ${text}`;
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
