/** The alerts of docs/operate: promtool evaluates them on synthetic series, without a server and without waiting. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureOf, isAvailable } from '../support/toolchains';

const RULES = join(__dirname, '../../docs/operate/alerts.yml');
const isHere = isAvailable('REQUIRE_PROMETHEUS', failureOf('promtool', ['--version']));

interface Expected {
  alert: string;
  /** The values of each series, one every 15 seconds, in promtool's notation: `_x4` for none, `5x8` for nine times 5. */
  series: Record<string, string>;
  at: string;
  /** Labels of the alerts that fire. */
  firing: Record<string, string>[];
}

/** promtool's output if that does not hold; empty if it does. */
function faultIn({ alert, series, at, firing }: Expected): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-alerts-'));
  const group = {
    interval: '15s',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: `ALERTS{alertname="${alert}",alertstate="firing"}`,
        eval_time: at,
        exp_samples: firing.map((labels) => ({
          labels: `ALERTS${JSON.stringify({ alertname: alert, alertstate: 'firing', severity: 'warning', ...labels }).replace(/"(\w+)":/g, '$1=')}`,
          value: 1,
        })),
      },
    ],
  };
  const path = join(folder, 'test.json');
  writeFileSync(path, JSON.stringify({ rule_files: [RULES], evaluation_interval: '15s', tests: [group] }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', path], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

const errors = (instance: string) => `switchboard_errors_total{instance="${instance}",event="call_failed"}`;
const attempts = (outcome: string, receiver: string) =>
  `switchboard_webhook_attempts_total{instance="a",receiver="${receiver}",outcome="${outcome}"}`;

(isHere ? describe : describe.skip)('alerts', () => {
  it.each<[string, Expected]>([
    [
      'SwitchboardErrors fires after one burst of errors, whose counter begins with it',
      {
        alert: 'SwitchboardErrors',
        series: { [errors('a')]: '_x8 1000x40', [errors('b')]: '_x8 5x40' },
        at: '3m',
        firing: [{ instance: 'a', event: 'call_failed' }],
      },
    ],
    [
      'SwitchboardErrors ends after the burst',
      { alert: 'SwitchboardErrors', series: { [errors('a')]: '_x8 1000x80' }, at: '10m', firing: [] },
    ],
    [
      'SwitchboardErrors fires for a counter that grows',
      {
        alert: 'SwitchboardErrors',
        series: { [errors('a')]: '5+0x40 10+5x20' },
        at: '12m',
        firing: [{ instance: 'a', event: 'call_failed' }],
      },
    ],
    [
      'SwitchboardWebhooksFailing fires for a receiver that accepts nothing, and for no other',
      {
        alert: 'SwitchboardWebhooksFailing',
        series: {
          [attempts('failed', 'down')]: '0+1x80',
          [attempts('delivered', 'down')]: '7x80',
          [attempts('failed', 'flaky')]: '0+1x80',
          [attempts('delivered', 'flaky')]: '0+1x80',
          [attempts('failed', 'idle')]: '0x80',
          [attempts('delivered', 'idle')]: '0x80',
        },
        at: '12m',
        firing: [{ instance: 'a', receiver: 'down' }],
      },
    ],
    [
      'SwitchboardEventsDropped fires if the queue of events is full',
      {
        alert: 'SwitchboardEventsDropped',
        series: {
          'switchboard_webhook_events_dropped_total{instance="a"}': '0x8 100x40',
          'switchboard_webhook_events_dropped_total{instance="b"}': '3x40',
        },
        at: '4m',
        firing: [{ instance: 'a' }],
      },
    ],
    [
      'SwitchboardMemoryNearBound fires for a full heap, and for held data of one kind',
      {
        alert: 'SwitchboardMemoryNearBound',
        series: {
          'nodejs_heap_size_used_bytes{instance="a"}': '90x20',
          'switchboard_heap_limit_bytes{instance="a"}': '100x20',
          'switchboard_held_bytes{instance="b",kind="http"}': '81x20',
          'switchboard_held_bytes_limit{instance="b",kind="http"}': '100x20',
          'switchboard_held_bytes{instance="b",kind="websocket"}': '79x20',
          'switchboard_held_bytes_limit{instance="b",kind="websocket"}': '100x20',
          'nodejs_heap_size_used_bytes{instance="b"}': '80x20',
          'switchboard_heap_limit_bytes{instance="b"}': '100x20',
        },
        at: '3m',
        firing: [{ instance: 'a' }, { instance: 'b', kind: 'http' }],
      },
    ],
    [
      'SwitchboardEventLoopSlow fires for an event loop that stays late',
      {
        alert: 'SwitchboardEventLoopSlow',
        series: {
          'nodejs_eventloop_lag_p99_seconds{instance="a"}': '0.3x20',
          'nodejs_eventloop_lag_p99_seconds{instance="b"}': '0.1x8 0.3 0.1x20',
        },
        at: '4m',
        firing: [{ instance: 'a' }],
      },
    ],
    [
      'SwitchboardCertificateExpires fires two weeks before the end',
      {
        alert: 'SwitchboardCertificateExpires',
        series: {
          'switchboard_tls_certificate_expiry_timestamp_seconds{instance="a"}': `${14 * 86_400}x20`,
          'switchboard_tls_certificate_expiry_timestamp_seconds{instance="b"}': `${15 * 86_400}x20`,
        },
        at: '1m',
        firing: [{ instance: 'a' }],
      },
    ],
  ])('%s', (_, expected) => {
    expect(faultIn(expected)).toBe('');
  });
});

it('docs/operate.md says what to do about each alert, in the order of the file', () => {
  const page = readFileSync(join(__dirname, '../../docs/operate.md'), 'utf8');
  const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name);
  const names = namesIn(readFileSync(RULES, 'utf8'), /- alert: (\w+)/g);
  expect(names.length).toBeGreaterThan(5);
  expect(namesIn(page, /^\| `(Switchboard\w+)` \|/gm)).toEqual(names);
});
