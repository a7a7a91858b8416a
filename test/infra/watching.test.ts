import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { METRICS } from '../../lambdas/aws/metrics';
import { functionNames } from '../../lambdas/routes';
import { idOf } from '../../lib/function-table';
import { type Json, type Synthesized, synthesize } from '../support/stack';

let stack: Synthesized;
let everything: Synthesized;

beforeAll(() => {
  stack = synthesize();
  everything = synthesize(
    {
      auth: 'none',
      alarm_email: 'ops@example.com',
      monthly_budget: '100',
      account_log_role: 'create',
      tracing: 'yes',
      reserved_concurrency: 'http-docs=5',
      websocket_domain: 'ws.example.com',
      http_domain: 'api.example.com',
      certificate_arn: 'arn:aws:acm:eu-west-1:123456789012:certificate/0f0a1b2c-1111-2222-3333-444455556666',
    },
    { validated: true }, // with the most resources
  );
});

function alarms({ all }: Synthesized): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(all('AWS::CloudWatch::Alarm')).map(([path, { Properties }]) => [
      path.replace('Alarms/', ''),
      Properties,
    ]),
  );
}

function widgets({ one, text }: Synthesized): Json[] {
  return JSON.parse(text(one('AWS::CloudWatch::Dashboard').Properties.DashboardBody)).widgets;
}

describe('alarms', () => {
  it.each(functionNames)('watch the errors of %s', (name) => {
    const { [`${idOf(name)}Errors`]: alarm } = alarms(stack);
    expect(alarm.Threshold).toBe(3);
    const { Dimensions, ...metric } = errorsIn(alarm);
    expect(metric).toEqual({ Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum', Period: 300 });
    expect(stack.text(Dimensions[0].Value)).toBe(`<Functions/${idOf(name)}/Function>`);
  });

  it('do not count a handshake without a token as an error, because anybody can cause those', () => {
    const { WebsocketAuthorizeErrors: alarm } = alarms(stack);
    const [{ Expression }, ...used] = alarm.Metrics;
    expect(Expression).toBe('errors - FILL(unauthorized, 0)');
    expect(used.map(({ Id, MetricStat }: Json) => [Id, MetricStat.Metric.MetricName, MetricStat.Stat])).toEqual([
      ['errors', 'Errors', 'Sum'],
      ['unauthorized', 'connection_refused_unauthorized', 'Sum'],
    ]);
    expect(METRICS.get('connection_refused')).toHaveProperty('unauthorized');
    expect(alarm).toMatchObject({ Threshold: 3 });
  });

  /** The metric `Errors` of an alarm, which may be its only metric or part of an expression. */
  function errorsIn({ Metrics, Namespace, MetricName, Dimensions, Statistic, Period }: Json): Json {
    if (Metrics === undefined) return { Namespace, MetricName, Dimensions, Statistic, Period };
    const { MetricStat } = Metrics.find(({ Id }: Json) => Id === 'errors');
    return { ...MetricStat.Metric, Statistic: MetricStat.Stat, Period: MetricStat.Period };
  }

  it.each([
    ['LoggedErrors', 'Switchboard', 'errors', 'Sum', 3],
    ['DeadLetters', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', 1],
    ['SlowMessages', 'AWS/ApiGateway', 'IntegrationLatency', 'p95', 2_000],
    ['SlowCalls', 'AWS/ApiGateway', 'Latency', 'p95', 2_000],
    ['WebSocketExecutionErrors', 'AWS/ApiGateway', 'ExecutionError', 'Sum', 3],
    ['HttpServerErrors', 'AWS/ApiGateway', '5xx', 'Sum', 3],
    ['clientsReadThrottles', 'AWS/DynamoDB', 'ReadThrottleEvents', 'Sum', 10],
    ['clientsWriteThrottles', 'AWS/DynamoDB', 'WriteThrottleEvents', 'Sum', 10],
    ['messagesReadThrottles', 'AWS/DynamoDB', 'ReadThrottleEvents', 'Sum', 10],
    ['messagesWriteThrottles', 'AWS/DynamoDB', 'WriteThrottleEvents', 'Sum', 10],
  ])('%s watches %s %s, %s from %d on', (name, Namespace, MetricName, statistic, Threshold) => {
    const { [name]: alarm } = alarms(stack);
    expect(alarm).toMatchObject({ Namespace, MetricName, Threshold });
    expect(alarm.Statistic ?? alarm.ExtendedStatistic).toBe(statistic);
  });

  it('explain themselves and what to do, fire at their threshold, and stay quiet without data', () => {
    for (const alarm of Object.values(alarms(stack))) {
      expect(alarm.AlarmDescription.split('. ').length).toBeGreaterThan(1);
      expect(alarm.ComparisonOperator).toBe('GreaterThanOrEqualToThreshold');
      expect(alarm.TreatMissingData).toBe('notBreaching');
    }
  });

  it('notify nobody without an address, and otherwise notify at the start and at the end', () => {
    expect(stack.all('AWS::SNS::Topic')).toEqual({});
    const [topic = ''] = Object.keys(everything.all('AWS::SNS::Topic'));
    const { Properties: subscription } = everything.one('AWS::SNS::Subscription');
    expect(subscription).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.com' });
    for (const { AlarmActions, OKActions } of Object.values(alarms(everything))) {
      expect([AlarmActions, OKActions].flat().map(everything.text)).toEqual([`<${topic}>`, `<${topic}>`]);
    }
    const { Statement } = everything.one('AWS::SNS::TopicPolicy').Properties.PolicyDocument;
    expect(Statement).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' } }),
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    );
  });

  it('have a latency threshold as a setting', () => {
    expect(alarms(synthesize({ latency_alarm_ms: '500' })).SlowMessages.Threshold).toBe(500);
  });
});

describe('the dashboard', () => {
  it('says where to read more, and shows every alarm', () => {
    const [text, status] = widgets(stack);
    expect(text.properties.markdown).toMatch(/Clients: `wss:.*HTTP API.*documentation/);
    expect(status.properties.alarms).toHaveLength(Object.keys(alarms(stack)).length);
  });

  it('has no gaps in its rows', () => {
    const width = new Map<number, number>();
    for (const { y, width: columns } of widgets(stack)) width.set(y, (width.get(y) ?? 0) + columns);
    expect([...new Set(width.values())]).toEqual([24]);
  });

  it('shows metrics that functions write', () => {
    const written = new Set(['errors', ...METRICS.keys()]);
    for (const [event, values] of METRICS) for (const value of Object.keys(values)) written.add(`${event}_${value}`);
    const names = JSON.stringify(widgets(stack)).match(/(?<="Switchboard",")\w+/g) ?? [];
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(written).toContain(name);
  });

  it('reads logs that functions write', () => {
    const groups = new Set(
      Object.values(stack.all('AWS::Logs::LogGroup')).map(({ Properties }) => Properties.LogGroupName),
    );
    const sources = widgets(stack).flatMap(({ properties }) => properties.query?.match(/(?<=SOURCE ')[^']+/g) ?? []);
    expect(sources.length).toBeGreaterThan(functionNames.length);
    for (const source of sources) expect(groups.has(nameOf(source))).toBe(true);
  });

  function nameOf(source: string): string {
    const id = source.slice(1, -1);
    return stack.one('AWS::Logs::LogGroup', id).Properties.LogGroupName;
  }
});

describe('the outputs of a deployment', () => {
  it('are its addresses, and the commands for a first message', () => {
    expect(Object.keys(stack.outputs).sort()).toEqual([
      'ApiKeySecret',
      'ClientsTable',
      'DashboardUrl',
      'DeadLetterQueue',
      'DocsUrl',
      'HttpUrl',
      'MessagesTable',
      'SigningKeySecret',
      'Step1ApiKey',
      'Step2Token',
      'Step3Connect',
      'WebSocketUrl',
    ]);
    expect(stack.outputs.Step3Connect).toBe(`npm run client -- ${stack.outputs.WebSocketUrl}`);
  });

  it('have no steps for a key if none is needed', () => {
    const steps = Object.keys(everything.outputs).filter((name) => name.startsWith('Step'));
    expect(steps).toEqual(['Step1Connect']);
  });

  it('have a warning if access is open, and none otherwise', () => {
    const warning = Match.stringLikeRegexp('auth is none: anybody who finds the URLs can connect');
    Annotations.fromStack(everything.stack).hasWarning('/Switchboard', warning);
    Annotations.fromStack(stack.stack).hasNoWarning('*', Match.anyValue());
  });
});

describe('cdk-nag', () => {
  it.each(['closed', 'open, with all settings'])('reports nothing without a written reason (%s)', (which) => {
    const { app } = which === 'closed' ? stack : everything;
    const { success, violations } = new AwsSolutionsChecks(app).validateScope(app);
    expect(violations).toEqual([]);
    expect(success).toBe(true);
  });
});
