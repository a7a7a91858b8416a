/**
 * `npm run bench:store`: the cost of keeping data on disk, in one run: two engines compared, the server on disk compared with the server in
 * memory, and a start with a lot of data. For LMDB, run `npm install --no-save lmdb` first.
 */
import { describeMachine } from '../machine';
import { textTable } from '../report/text-table';
import { compareEngines } from './engines';
import { compareServers, median } from './servers';
import { measureStart } from './start';

const say = (text: string) => void process.stderr.write(`${text}\n`);
const fixed = (value: number, digits = 1) => value.toFixed(digits);

async function main(): Promise<void> {
  const engines = await compareEngines(say);
  const start = await measureStart(say);
  const { memory, disk } = await compareServers(say);
  const engineRows = Object.entries(engines).map(([name, figures]) => [
    name,
    `${fixed(figures.oneP50)} / ${fixed(figures.oneP99)}`,
    `${fixed(figures.groupP50)} / ${fixed(figures.groupP99)}`,
    fixed(figures.thread),
    fixed(figures.megabytes, 0),
    fixed(figures.open, 0),
  ]);
  const rate = median(disk.chat_rate) / median(memory.chat_rate);
  const serverRows = [
    ['in memory', ...rowOf(memory)],
    ['on disk', ...rowOf(disk)],
  ];
  const lines = [
    ...describeMachine(),
    '',
    textTable([
      [
        'engine',
        'one commit, ms p50 / p99',
        '100 chats, ms p50 / p99',
        'µs of the thread a chat',
        'MB kept',
        'ms to open and read',
      ],
      ...engineRows,
    ]),
    '',
    `A start with ${start.clients} clients and ${start.messages} messages, ${fixed(start.megabytes)} MB: ${fixed(start.open, 0)} ms`,
    '',
    textTable([['server', 'chats a second', 'µs of processor a chat', 'ms p50', 'ms p99'], ...serverRows]),
    '',
    `On disk: ${fixed(rate, 2)} of the rate in memory; p99 + ${fixed((median(disk.chat_p99) - median(memory.chat_p99)) / 1_000)} ms`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function rowOf({
  chat_rate,
  chat_processor,
  chat_p50,
  chat_p99,
}: Awaited<ReturnType<typeof compareServers>>['memory']): string[] {
  return [
    fixed(median(chat_rate), 0),
    fixed(median(chat_processor)),
    fixed(median(chat_p50) / 1_000, 2),
    fixed(median(chat_p99) / 1_000, 2),
  ];
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${error?.stack ?? error}\n`);
  process.exitCode = 1;
});
