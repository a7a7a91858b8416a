/**
 * `npm run cost`: dollars for a million of each event and for a month of given traffic, from the AWS calls, units and bytes
 * of a real server. `npm run cost -- --clients 5000 --chats 20` asks for other traffic; `--write` renews docs/cost.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { optionsOf } from '../../lib/function-table';
import { seeEvents } from './events';
import type { ModelOptions } from './model';
import type { Traffic } from './month';
import { callTable, eventTable, monthTable, priceNote } from './report';
import { standingOf } from './standing';

const ROOT = join(__dirname, '../..');

const OPTIONS: ModelOptions = { memoryMegabytes: optionsOf('websocket/message').memory };

const { values } = parseArgs({
  options: {
    clients: { type: 'string' },
    chats: { type: 'string', default: '6' },
    'tool-calls': { type: 'string', default: '2' },
    pushes: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
});

function traffics(): Traffic[] {
  const each = {
    chatsPerHour: number(values.chats),
    toolCallsPerHour: number(values['tool-calls']),
    pushesPerHour: number(values.pushes),
  };
  const sizes = values.clients === undefined ? [0, 1_000, 100_000] : [number(values.clients)];
  return sizes.map((clients) => ({ clients, ...each }));
}

function number(text: string | undefined): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`"${text}" is no number of clients or messages`);
  return value;
}

async function main(): Promise<void> {
  const asked = traffics();
  const seen = await seeEvents();
  const standing = standingOf(join(ROOT, 'cdk.out'));
  const text = [
    '# What it costs',
    '',
    'Written by `npm run cost -- --write` after `npm run synth`. The calls, their capacity units and the bytes below were',
    'recorded on the wire while a real server handled each event once; dollars are those times the prices of `bench/prices.ts`.',
    '',
    priceNote(OPTIONS),
    '',
    '## A million of each event',
    '',
    eventTable(seen, OPTIONS),
    '',
    'The floor is what the wire contract costs with functions that keep nothing and do no more than post what has to be',
    'posted: API Gateway and Lambda alone. `by scans` is the design that people build first: who sent a message is found by a',
    'scan of the table, here of 1,000 sessions, each message of history is an item, and replies are posted. (Its broadcast posts',
    'one by one: the 15 minutes of a function end at 60,000 clients. Ours is in [simulation.md](simulation.md).) Lambda time is',
    'reckoned as if no call ran beside another: 5 ms for one to DynamoDB, 15 ms for a post or an invocation, 3 ms of its own.',
    'Watching is a line of access log for each request and a trace of one request in twenty: in the months below, and in none of',
    'the other columns here. $connect and $disconnect themselves are no messages, and nobody is charged for them as such.',
    '',
    '## What was seen',
    '',
    callTable(seen),
    '',
    '## A month',
    '',
    monthTable(asked, seen, standing, OPTIONS),
    '',
    'Each client is connected all the time, reconnects every two hours as API Gateway closes it, and pings every 240 seconds.',
    `Standing is what the stack costs without traffic: ${standing?.description ?? 'not counted, as nothing is synthesized'}.`,
    '',
  ].join('\n');
  process.stdout.write(text);
  if (values.write) writeFileSync(join(ROOT, 'docs/cost.md'), text);
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error?.stack}\n`);
    process.exit(1);
  },
);
