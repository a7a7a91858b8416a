/**
 * `npm run cost`: dollars for a million of each event and for a month of given traffic, from the AWS calls, units and bytes of a real
 * server. `npm run cost -- --clients 5000 --chats 20` calculates other traffic; `--write` renews docs/cost.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { synthesize } from '../../test/support/stack';
import { seeEvents } from './events';
import { lookingSentence, seeLooking } from './looking';
import { auditCost, OPTIONS } from './model';
import type { Traffic } from './month';
import { groupViewsSentence, optionalCosts, optionalTable, SEEN_MEMBERS, seeOptionalCalls } from './optional-calls';
import { pricesOf, writePrices } from './price-lines';
import { callTable, eventTable, monthTable, priceNote } from './report';
import { standingOf } from './standing';
import { tellingTable } from './telling';

const ROOT = join(__dirname, '../..');

const HELP = `npm run cost -- [options]

Dollars for a million of each event, and for a month of given traffic.

  --clients NUMBER      connected all the time (default: 0, 1,000 and 100,000)
  --chats NUMBER        messages of each client in an hour (default: 6)
  --tool-calls NUMBER   tool calls of each client in an hour (default: 2)
  --pushes NUMBER       messages to each client in an hour (default: 2)
  --group-changes NUMBER  times that each client joins or leaves a group in an hour (default: 1)
  --write               renews docs/cost.md, and the price in both READMEs and docs/deploy.md
  --help                prints this
`;

/** A wrong option: only the message is printed. */
class UsageError extends Error {}

interface Options {
  traffics: Traffic[];
  write: boolean;
}

/** @returns undefined if help is requested. @throws UsageError */
function readOptions(): Options | undefined {
  const text = (preset?: string) => ({ type: 'string', default: preset }) as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      options: {
        clients: text(),
        chats: text('6'),
        'tool-calls': text('2'),
        pushes: text('2'),
        'group-changes': text('1'),
        write: flag,
        help: { ...flag, short: 'h' },
      },
    });
    if (values.help) return undefined;
    const each = {
      chatsPerHour: number(values.chats),
      toolCallsPerHour: number(values['tool-calls']),
      pushesPerHour: number(values.pushes),
      groupChangesPerHour: number(values['group-changes']),
    };
    const sizes = values.clients === undefined ? USUAL_SIZES : [number(values.clients)];
    return { traffics: sizes.map((clients) => ({ clients, ...each })), write: values.write };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}

const USUAL_SIZES = [0, 1_000, 100_000];

function number(text: string | undefined): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`"${text}" is not a number of clients or messages.`);
  return value;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const { traffics: asked, write } = options;
  const seen = await seeEvents();
  const optional = await seeOptionalCalls();
  const standing = standingOf(synthesize().template.Resources);
  const text = [
    '# What it costs',
    '',
    'Written by `npm run cost -- --write`. The calls, capacity units and bytes below were recorded on the wire while a real server',
    'handled each event once. Dollars are these numbers times the prices in `bench/prices.ts`.',
    '',
    priceNote(OPTIONS),
    '',
    'Not in it: free tiers, storage of tables and logs with point-in-time recovery, broadcasts ([simulation.md](simulation.md)),',
    'presence ([groups.md](groups.md#what-it-costs)), cold starts, the back end that answers, alarm mails, domains and certificates,',
    'and support.',
    '',
    '## A million of each event',
    '',
    eventTable(seen, OPTIONS),
    '',
    '`the floor` is the cost of the protocol with functions that store nothing and only post what must be posted: API Gateway and',
    'Lambda alone. `by scans` is the design that people often build first: it finds the sender of a message with a table scan, here of',
    '1,000 sessions, stores each message as an item, and posts replies. (Its broadcast posts one by one, so the 15 minutes of a function',
    'end at 60,000 clients. Ours is in [simulation.md](simulation.md).) Lambda time assumes that no calls run in parallel: 5 ms for a',
    'DynamoDB call, 15 ms for a post or an invocation, 3 ms for the function itself. `watching it` is one line of access log per request',
    'and the log lines of the functions; it is included in the months below, but in no other column here. API Gateway does not bill',
    '$connect and $disconnect as messages. Its column includes traffic to the internet. For a client below its `client_rate`, one message',
    'in sixteen costs a second write, which is included; above it, the error that answers a message costs as much as a pong.',
    'With access control, a call that changes something also writes an entry of the audit, which is in no column here:',
    `$${(auditCost(OPTIONS) * 1_000_000).toFixed(2)} a million.`,
    'A called tool takes its client 300 ms. Meanwhile the waiting function polls for the result and is billed for its own memory.',
    '',
    '## What was observed',
    '',
    callTable(seen),
    '',
    '## A month',
    '',
    monthTable(asked, seen, standing, optionalCosts(optional, OPTIONS), OPTIONS),
    '',
    'Each client is always connected, reconnects every two hours when API Gateway closes the connection, with a new token each time, and',
    "pings every 240 seconds. The table includes API Gateway's discounts: a fifth above a billion messages a month, and a tenth above 300",
    'million HTTP calls. With `tracing=yes`, X-Ray records the first request per second of each function, and one in twenty of the others.',
    'With groups, the team lets each client join or leave one every hour. With access control, the audit gets an entry for each token, push and',
    'change of a group, and its newest page is read every hour.',
    '',
    `Standing is what the stack costs without traffic: ${standing.description}.`,
    '',
    lookingSentence(await seeLooking(), OPTIONS),
    '[console.md](console.md#what-it-costs-to-look) says what it reads, and how often. A hidden tab costs nothing.',
    groupViewsSentence(optional, OPTIONS),
    '',
    '## A million calls of groups and of the audit',
    '',
    `Observed with ${SEEN_MEMBERS} clients that are all in one group. Members, the list of groups and the audit are each spread over 16 partitions, so reading`,
    'them takes a query of each. A page of the audit reads each partition up to a whole page. With access control the first two also write an',
    'entry of the audit, which is not included.',
    '',
    optionalTable(optional, OPTIONS),
    '',
    '## A million events for your services',
    '',
    'These costs apply only with the setting `events` ([events.md](events.md)). A chat is two events. Lambda reads the streams for free, and',
    'a filter keeps other changes from invoking the function. With `event_queue=yes`, SQS charges $0.40 per million for each of sending,',
    'receiving and deleting.',
    '',
    ...tellingTable(),
    '',
  ].join('\n');
  process.stdout.write(text);
  if (write) {
    writeFileSync(join(ROOT, 'docs/cost.md'), text);
    writePrices(pricesOf(seen, standing, OPTIONS));
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error instanceof UsageError ? error.message : error?.stack}\n`);
    process.exit(1);
  },
);
