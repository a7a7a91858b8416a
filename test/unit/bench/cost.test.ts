/** The model of monthly cost: its tiers, its traces, and the output of its command line. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { EVENTS, type EventName, type SeenEvent } from '../../../bench/cost/events';
import { lookingCost } from '../../../bench/cost/looking';
import { auditCost, OPTIONS, ourCost, scanCost, totalOf } from '../../../bench/cost/model';
import { countsOf, monthOf, optionalOf } from '../../../bench/cost/month';
import {
  OPTIONAL_CALLS,
  optionalCosts,
  SEEN_MEMBERS,
  seeOptionalCalls,
  withFullAudit,
  withMembers,
} from '../../../bench/cost/optional-calls';
import { watchingCost } from '../../../bench/cost/watching';

const NOTHING: SeenEvent = { messages: [], egress: 0, httpRequests: 0, lines: [], invocations: [], calls: [] };

const traffic = (clients: number) => ({
  clients,
  chatsPerHour: 6,
  toolCallsPerHour: 2,
  pushesPerHour: 2,
  groupChangesPerHour: 1,
});

function eachEvent<Value>(of: (name: EventName) => Value): Record<EventName, Value> {
  return Object.fromEntries(EVENTS.map((name) => [name, of(name)])) as Record<EventName, Value>;
}

describe('a month', () => {
  it('needs a token for each connection of a client', () => {
    const counts = countsOf(traffic(1_000));
    expect(counts.token).toBe(counts['connect and disconnect']);
    expect(counts.token).toBe((1_000 * 730) / 2);
  });

  it('costs a fifth less per message above a billion', () => {
    const seen = eachEvent((name) => (name === 'chat_message' ? { ...NOTHING, messages: [100, 40_000] } : NOTHING));
    const messages = countsOf(traffic(100_000)).chat_message * 3; // 40,000 bytes count as two messages
    const { eventCosts } = monthOf(
      traffic(100_000),
      seen,
      eachEvent((name) => (name === 'chat_message' ? 3e-6 : 0)),
    );
    expect(eventCosts).toBeCloseTo(1_000 + (messages - 1e9) * 0.8e-6, 2);
  });

  it('costs a tenth less per HTTP call above 300 million', () => {
    const seen = eachEvent((name) => (name === 'send_message' ? { ...NOTHING, httpRequests: 1 } : NOTHING));
    const clients = 1_000_000;
    const calls = countsOf(traffic(clients)).send_message;
    const { eventCosts } = monthOf(
      traffic(clients),
      seen,
      eachEvent((name) => (name === 'send_message' ? 1e-6 : 0)),
    );
    expect(eventCosts).toBeCloseTo(300 + (calls - 3e8) * 0.9e-6, 2);
  });

  it('traces the first request in each second of each function, and one in twenty of the others', () => {
    const seen = eachEvent((name) => (name === 'chat_message' ? { ...NOTHING, invocations: ['a', 'b'] } : NOTHING));
    const costs = eachEvent(() => 0);
    const chats = (clients: number) => countsOf(traffic(clients)).chat_message;
    const few = monthOf(traffic(10), seen, costs).traces; // fewer than one a second
    expect(few).toBeCloseTo(2 * chats(10) * 5e-6);
    const seconds = 730 * 3_600;
    const many = monthOf(traffic(10_000), seen, costs).traces;
    expect(many).toBeCloseTo(2 * (seconds + (chats(10_000) - seconds) * 0.05) * 5e-6);
  });
});

describe('an event', () => {
  it('is charged for its traffic to the internet', () => {
    const sent = { ...NOTHING, egress: 1e9 };
    expect(totalOf(ourCost(sent, { memoryMegabytes: 512 }))).toBeCloseTo(0.09);
  });

  it('is charged for the log lines of its functions, in addition to the access log', () => {
    const event = { ...NOTHING, invocations: ['websocket/connect'] };
    const line = { level: 'info', event: 'connected', fields: undefined } as const;
    const own = watchingCost({ ...event, lines: [line] }) - watchingCost(event);
    expect(own).toBeGreaterThan((400 / 1e9) * 0.5); // one line of at least 400 bytes, because it is a metric
    expect(watchingCost(event)).toBeGreaterThan((500 / 1e9) * 0.5);
  });
});

describe('the design that scans', () => {
  const OPTIONS = { memoryMegabytes: 512 };
  const made = (action: string, caller: string) => ({ caller, action, resource: '', bytes: 0, units: 1 });
  const dynamo = (event: Partial<SeenEvent>) => scanCost({ ...NOTHING, ...event }, 1_000, OPTIONS).dynamo;
  const scan = dynamo({ invocations: ['websocket/message'] });

  it('stores a message and its answer as one item each', () => {
    const calls = [made('dynamodb:UpdateItem', 'websocket/message'), made('dynamodb:PutItem', 'websocket/message')];
    expect(dynamo({ invocations: ['websocket/message'], calls })).toBeCloseTo(scan + 3 * 0.625e-6, 12);
  });

  it('finds the client of a push with a scan, and stores one item', () => {
    const calls = [made('dynamodb:UpdateItem', 'http/push'), made('dynamodb:PutItem', 'http/push')];
    expect(dynamo({ httpRequests: 1, invocations: ['http/push'], calls })).toBeCloseTo(scan + 0.625e-6, 12);
  });

  it('scans nothing to verify a token', () => {
    expect(scan).toBeGreaterThan(0);
    expect(dynamo({ httpRequests: 1, invocations: ['http/authorize', 'http/tokens'] })).toBe(0);
  });
});

describe('an hour with the console open', () => {
  const seen = (action: string, units: number, bytes: number) => ({
    bytes,
    calls: [{ caller: 'http/read', action, resource: '', bytes: 0, units }],
  });
  const looking = { status: seen('dynamodb:Scan', 0.5, 100), page: seen('dynamodb:BatchGetItem', 16, 6_400) };
  const cost = (clients: number) => lookingCost(looking, clients, { memoryMegabytes: 512 });

  it('costs more per client up to one page of clients; beyond that, only the status costs more', () => {
    const pages = 1_200 * (500 * 0.125e-6 + (200_000 / 1e9) * 0.09);
    expect(cost(1_000)).toBeGreaterThan(pages);
    expect(cost(1_000)).toBeLessThan(pages + 0.01);
    expect(cost(10_000) - cost(1_000)).toBeCloseTo(720 * (245 - 25) * 0.125e-6, 6);
  });
});

describe('groups and the audit', () => {
  const call = (action: string, units: number) => ({ caller: '', action, resource: '', bytes: 0, units });
  const unitsOf = ({ calls }: SeenEvent) => calls.map(({ units }) => units);

  it('a page of members reads a share of each partition, and each client', () => {
    const seen = { ...NOTHING, calls: [call('dynamodb:Query', 0.5), call('dynamodb:BatchGetItem', 16)] };
    expect(unitsOf(withMembers(seen, SEEN_MEMBERS))).toEqual([0.5, 16]);
    expect(unitsOf(withMembers(seen, 1_600))).toEqual([2.5, 800]); // 100 of 200 bytes in each partition
  });

  it('a page of the audit reads each partition up to a whole page', () => {
    const [units = 0] = unitsOf(withFullAudit({ ...NOTHING, calls: [call('dynamodb:Query', 0.5)] }));
    expect(units).toBeGreaterThan(0.5);
  });

  it('cost nothing in a month without clients, except for reading the audit', () => {
    const costs = { groupChange: 1, auditEntry: 1, auditRead: 1 };
    expect(optionalOf(traffic(0), costs)).toEqual({ groups: 0, audit: 730 });
    const { token, send_message } = countsOf(traffic(10));
    expect(optionalOf(traffic(10), costs)).toEqual({ groups: 7_300, audit: token + send_message + 7_300 + 730 });
  });

  it('are observed call by call: a query of each partition, and no entry of the audit in the cost of a change', async () => {
    const seen = await seeOptionalCalls();
    const actionsOf = (name: (typeof OPTIONAL_CALLS)[number]) => seen[name].calls.map(({ action }) => action);
    expect(actionsOf('GET /audit')).toEqual(Array(16).fill('dynamodb:Query'));
    expect(actionsOf('GET /groups')).toEqual(Array(16).fill('dynamodb:Query'));
    expect(actionsOf('PUT /groups/{group}/clients/{client_id}').sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ]);
    const { groupChange, auditRead } = optionalCosts(seen, OPTIONS);
    expect(groupChange).toBeGreaterThan(1e-6); // more than the HTTP call itself
    expect(auditRead).toBeGreaterThan(16 * 0.5 * 0.125e-6);
  });

  it('have a row each in docs/cost.md', () => {
    const page = readFileSync('docs/cost.md', 'utf8');
    for (const name of OPTIONAL_CALLS) expect(page).toContain(`| \`${name}\` | $`);
  });
});

it('an audit entry costs what docs/cost.md says', () => {
  const dollars = (auditCost(OPTIONS) * 1_000_000).toFixed(2);
  expect(readFileSync('docs/cost.md', 'utf8')).toContain(`$${dollars} a million.`);
});

describe('npm run cost', () => {
  const run = (...options: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'bench/cost/main.ts', ...options], { encoding: 'utf8' });

  it('prints its usage', () => {
    const { status, stdout, stderr } = run('--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/--clients NUMBER/);
  });

  it('says what it leaves out before the first price', () => {
    const { status, stdout, stderr } = run('--clients=5');
    expect([status, stderr]).toEqual([0, '']);
    const beforePrices = stdout.slice(0, stdout.indexOf('| $'));
    expect(beforePrices).toMatch(/^Not in it: free tiers, [^|]+\sand support\.$/m);
    expect(stdout).toMatch(/^\| 5 \| 6 \| 2 \| 2 \|/m);
  });

  it.each(['--client=5', '--clients=many', '--clients=-1', '--clients='])(
    'refuses %s without a stack trace',
    (option) => {
      const { status, stdout, stderr } = run(option);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stderr).toMatch(/--clients NUMBER/);
    },
  );
});
