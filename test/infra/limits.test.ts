/** How much strangers and a loud client can cost the account, and who is notified. */
import { readFileSync } from 'node:fs';
import { functionNames, httpRoutes } from '../../lambdas/routes';
import { readSettings } from '../../lib/read-settings';
import { type Json, type Synthesized, synthesize } from '../support/stack';

/** In the 13 regions with a lower default quota: requests a second and burst, for all APIs of an account together. */
const LOW_QUOTA = { rate: 2_500, burst: 1_250 };

let stack: Synthesized;

beforeAll(() => {
  stack = synthesize();
});

function alarm(id: string, { one }: Synthesized = stack): Json {
  return one('AWS::CloudWatch::Alarm', `Alarms/${id}`).Properties;
}

function httpStage({ one }: Synthesized): Json {
  return one('AWS::ApiGatewayV2::Stage', 'HttpGateway/Stage').Properties;
}

describe('throttles', () => {
  it('of messages and connecting fit into the default quota of every region, and leave the same amount for pushes', () => {
    const { message_rate, message_burst, connect_rate, connect_burst } = readSettings({});
    expect(message_rate + connect_rate).toBeLessThan(LOW_QUOTA.rate);
    expect(message_burst + connect_burst).toBeLessThan(LOW_QUOTA.burst);
    expect([message_rate, message_burst]).toEqual([1_000, 500]);
  });

  it('let anybody load a page or a description 5 times a second, by GET and by HEAD', () => {
    const { RouteSettings } = httpStage(stack);
    const small = ['/', '/health', '/ready'];
    const open = httpRoutes.filter(({ access, routeKey }) => access === 'open' && /^(GET|HEAD) /.test(routeKey));
    const documents = open
      .map(({ routeKey }) => routeKey)
      .filter((routeKey) => !small.some((path) => routeKey.endsWith(` ${path}`)));
    expect(documents).toEqual(
      expect.arrayContaining(['GET /docs', 'HEAD /docs', 'GET /console', 'GET /console/{asset}']),
    );
    for (const routeKey of documents) {
      expect(RouteSettings[routeKey]).toMatchObject({ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 20 });
    }
    expect(Object.keys(RouteSettings).sort()).toEqual([...documents, 'POST /tokens'].sort());
  });

  it('of those pages are settings', () => {
    const { RouteSettings } = httpStage(synthesize({ docs_rate: '7', docs_burst: '8' }));
    expect(RouteSettings['GET /docs']).toMatchObject({ ThrottlingRateLimit: 7, ThrottlingBurstLimit: 8 });
  });
});

describe('reserved concurrency', () => {
  it('is off by default, because it reduces what other functions of the account may use', () => {
    for (const name of functionNames) {
      expect(stack.functionOf(name).Properties.ReservedConcurrentExecutions).toBeUndefined();
    }
  });

  it('can be set for each function', () => {
    const reserved = synthesize({ reserved_concurrency: 'websocket-message=400,http-docs=5' });
    const all = functionNames.map((name) => [name, reserved.functionOf(name).Properties.ReservedConcurrentExecutions]);
    expect(Object.fromEntries(all.filter(([, most]) => most !== undefined))).toEqual({
      'websocket/message': 400,
      'http/docs': 5,
    });
  });

  it.each(['websocket/message=1', 'websocket-massage=1', 'http-docs', 'http-docs=', ',', 'http-docs=1,'])(
    'refuses "%s" in one sentence',
    (value) => {
      expect(() => readSettings({ reserved_concurrency: value })).toThrow(
        `reserved_concurrency is "${value}", but must be FUNCTION=NUMBER pairs such as websocket-message=400`,
      );
    },
  );
});

describe('alarms on throttles', () => {
  it('include each of our own functions once, and no other function of the account', () => {
    const watched = ['FunctionThrottles', 'TaskFunctionThrottles', 'HttpFunctionThrottles'].flatMap((id) => {
      const { Metrics, Threshold } = alarm(id);
      expect(Threshold).toBe(1);
      const used = Metrics.filter(({ MetricStat }: Json) => MetricStat);
      expect(used.length).toBeLessThanOrEqual(10); // CloudWatch allows no more in an alarm
      for (const { Id } of used) expect(Metrics[0].Expression).toContain(`FILL(${Id}, 0)`);
      return used.map(({ MetricStat: { Metric, Stat } }: Json) => {
        expect([Metric.Namespace, Metric.MetricName, Stat]).toEqual(['AWS/Lambda', 'Throttles', 'Sum']);
        return stack.text(Metric.Dimensions[0].Value);
      });
    });
    expect(watched).toHaveLength(functionNames.length);
    expect(new Set(watched).size).toBe(functionNames.length);
    for (const path of watched) expect(path).toMatch(/^<Functions\/\w+\/Function>$/);
  });
});

describe('alarms on traffic', () => {
  it.each([
    ['WebSocketRefusals', 'ClientError', 1_000],
    ['UnusualMessages', 'MessageCount', 300_000],
    ['UnusualCalls', 'Count', 30_000],
  ])('%s watches %s, from %d in 5 minutes on', (id, MetricName, Threshold) => {
    expect(alarm(id)).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName,
      Threshold,
      Period: 300,
      Statistic: 'Sum',
    });
  });

  it('have their thresholds as settings', () => {
    const other = synthesize({ messages_alarm: '1', calls_alarm: '2', refused_alarm: '3' });
    const thresholds = ['UnusualMessages', 'UnusualCalls', 'WebSocketRefusals'].map((id) => alarm(id, other).Threshold);
    expect(thresholds).toEqual([1, 2, 3]);
  });
});

describe('a monthly budget', () => {
  it('is off by default', () => {
    expect(stack.all('AWS::Budgets::Budget')).toEqual({});
  });

  it('notifies at 80 % of the budget, and if the forecast exceeds it', () => {
    const { Properties } = synthesize({ monthly_budget: '250', alarm_email: 'ops@example.com' }).one(
      'AWS::Budgets::Budget',
    );
    expect(Properties.Budget).toMatchObject({
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: 250, Unit: 'USD' },
    });
    const told = Properties.NotificationsWithSubscribers.map(({ Notification, Subscribers }: Json) => [
      Notification.NotificationType,
      Notification.Threshold,
      Subscribers[0].Address,
    ]);
    expect(told).toEqual([
      ['ACTUAL', 80, 'ops@example.com'],
      ['FORECASTED', 100, 'ops@example.com'],
    ]);
  });

  it('requires an address to notify', () => {
    expect(() => readSettings({ monthly_budget: '250' })).toThrow(/^alarm_email is missing/);
  });
});

describe('docs/deploy.md', () => {
  const page = readFileSync('docs/deploy.md', 'utf8');

  it('names the regions with the lower quota', () => {
    const regions = [
      'af-south-1',
      'ap-south-2',
      'ap-southeast-3',
      'ap-southeast-4',
      'ap-southeast-5',
      'ap-southeast-7',
      'ca-west-1',
      'eu-central-2',
      'eu-south-1',
      'eu-south-2',
      'il-central-1',
      'me-central-1',
      'mx-central-1',
    ];
    for (const region of regions) expect(page).toContain(region);
  });

  it('says what CloudFront and WAF add', () => {
    expect(page).toMatch(/CloudFront/);
    expect(page).toMatch(/WAF/);
  });
});
