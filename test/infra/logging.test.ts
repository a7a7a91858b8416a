/** What is logged, where, and how to find the lines of one request. */
import { functionNames } from '../../lambdas/routes';
import { HTTP_FIELDS, WEBSOCKET_FIELDS } from '../../lib/access-log';
import { type Json, type Synthesized, synthesize } from '../support/stack';

let stack: Synthesized;

beforeAll(() => {
  stack = synthesize();
});

describe('access logs', () => {
  it.each([
    ['WebSocketGateway', '/aws/vendedlogs/apigateway/Switchboard/websocket'],
    ['HttpGateway', '/aws/vendedlogs/apigateway/Switchboard/http'],
  ])('of the %s are in the group %s, which needs no statement in the account’s resource policy', (api, name) => {
    const { Properties: stage } = stack.one('AWS::ApiGatewayV2::Stage', `${api}/Stage`);
    const group = stack.text(stage.AccessLogSettings.DestinationArn).replace(/^<(.*)\.Arn>$/, '$1');
    expect(stack.one('AWS::Logs::LogGroup', group).Properties.LogGroupName).toBe(name);
  });

  it.each([
    ['WebSocket', WEBSOCKET_FIELDS],
    ['HTTP', HTTP_FIELDS],
  ])('of the %s API contain what joins them to the lines of functions', (_, fields) => {
    expect(fields).toMatchObject({
      request_id: '$context.requestId',
      invocation_id: '$context.integration.requestId',
      error_type: '$context.error.responseType',
      integration_status: '$context.integration.status',
      authorizer_status: '$context.authorizer.status',
    });
    expect(Object.keys(fields).length).toBeGreaterThanOrEqual(18);
  });
});

describe('the role with which API Gateway writes logs', () => {
  it('is not changed by default, because the account may have one that other APIs use', () => {
    expect(stack.all('AWS::ApiGateway::Account')).toEqual({});
    const roles = Object.values(stack.all('AWS::IAM::Role')).map(({ Properties }) => Properties);
    expect(roles.filter(({ ManagedPolicyArns }) => ManagedPolicyArns)).toEqual([]);
  });

  it.each(['create', 'replace'])('is created with account_log_role=%s, before the stage that needs it', (value) => {
    const made = synthesize({ account_log_role: value });
    const { DependsOn = [] } = made.one('AWS::ApiGatewayV2::Stage', 'WebSocketGateway/Stage');
    expect(DependsOn.map((id) => made.text({ Ref: id }))).toContain('<WebSocketGateway/AccountLogRole/Account>');
  });
});

describe('log lines of functions', () => {
  it.each(['debug', 'info', 'warn', 'error'])('that are metrics pass Lambda’s filter at log_level=%s', (log_level) => {
    const other = synthesize({ log_level });
    for (const name of functionNames) {
      const { LoggingConfig, Environment } = other.functionOf(name).Properties;
      expect(['DEBUG', 'INFO']).toContain(LoggingConfig.ApplicationLogLevel);
      expect(Environment.Variables.LOG_LEVEL).toBe(log_level);
    }
  });

  it('are distinguished from Lambda’s own in each query of the dashboard', () => {
    const { DashboardBody } = stack.one('AWS::CloudWatch::Dashboard').Properties;
    const { widgets } = JSON.parse(stack.text(DashboardBody));
    const queries = widgets.flatMap(({ properties }: Json) => properties.query ?? []);
    expect(queries.length).toBeGreaterThan(2);
    for (const query of queries) expect(query).toContain('ispresent(function)');
  });
});

describe('saved queries', () => {
  function queries(): Map<string, Json> {
    const all = Object.values(stack.all('AWS::Logs::QueryDefinition')).map(({ Properties }) => Properties);
    return new Map(all.map((query) => [query.Name, query]));
  }

  it('answer: one client, one message, refusals with reasons, the loudest clients', () => {
    expect([...queries().keys()].sort()).toEqual([
      'Switchboard/Loudest',
      'Switchboard/One client',
      'Switchboard/One message',
      'Switchboard/Refused',
    ]);
  });

  it.each(['One client', 'One message', 'Refused'])('%s reads the logs of functions and of both APIs', (name) => {
    const groups = queries().get(`Switchboard/${name}`).LogGroupNames.map(stack.text);
    expect(groups).toHaveLength(functionNames.length + 2);
  });

  it('show the status and the address of a refusal next to its reason', () => {
    const { QueryString } = queries().get('Switchboard/Refused');
    expect(QueryString).toMatch(/latest\(ip\).*latest\(status\).*latest\(reason\).*by request_id/);
  });

  it('only use fields that a line has', () => {
    const written = new Set([
      ...Object.keys(WEBSOCKET_FIELDS),
      ...Object.keys(HTTP_FIELDS),
      ...['function', 'message', 'reason', 'client_id', 'connection_id', 'message_id', 'invocation_id'],
    ]);
    for (const { QueryString } of queries().values()) {
      const fields: string[] = QueryString.match(/(?<=\| fields ).*/)?.[0].split(', ') ?? [];
      for (const field of fields.filter((name) => !/^@|\./.test(name))) expect(written).toContain(field);
    }
  });
});

describe('traces', () => {
  it('are off by default, and so are their permissions', () => {
    expect(stack.functionOf('websocket/message').Properties.TracingConfig?.Mode ?? 'PassThrough').toBe('PassThrough');
    expect(JSON.stringify(stack.template).includes('xray:Put')).toBe(false);
  });

  it('can be turned on', () => {
    const traced = synthesize({ tracing: 'yes' });
    for (const name of functionNames) {
      expect(traced.functionOf(name).Properties.TracingConfig).toEqual({ Mode: 'Active' });
    }
    expect(JSON.stringify(traced.template).includes('xray:PutTraceSegments')).toBe(true);
  });
});
