/** `npm run deploy`: it checks the role with which API Gateway writes logs, and does not replace one unasked. */
import { readFileSync } from 'node:fs';
import { readSettings } from '../../lib/read-settings';
import { accountLogRole } from '../../scripts/deploy/account-log-role';
import { contextOf, optionOf } from '../../scripts/deploy/options';
import { readOptions } from '../../scripts/rehearse/options';
import { type Json, synthesize } from '../support/stack';

const OTHERS = 'arn:aws:iam::123456789012:role/legacy-rest-api-logs';
const OURS = 'arn:aws:iam::123456789012:role/Switchboard-WebSocketGatewayAccountL-1A2B3C4D5E6F';

describe('the role for API Gateway’s logs', () => {
  it.each([
    ['existing', undefined, 'create'],
    ['existing', OTHERS, 'existing'],
    ['existing', OURS, 'existing'],
    ['create', undefined, 'create'],
    ['create', OURS, 'create'],
    ['replace', OTHERS, 'replace'],
  ])('with account_log_role=%s in an account with %s is: %s', (asked, roleArn, expected) => {
    expect(accountLogRole(readSettings({ account_log_role: asked }), { roleArn })).toBe(expected);
  });

  it('of another API is not replaced by account_log_role=create: the deployment ends before it begins', () => {
    const settings = readSettings({ account_log_role: 'create' });
    expect(() => accountLogRole(settings, { roleArn: OTHERS })).toThrow(`${OTHERS}. Omit account_log_role`);
  });

  it('is not changed by `cdk deploy` itself, which does not ask the account', () => {
    expect(readSettings({}).account_log_role).toBe('existing');
  });
});

describe('the options of the deployment', () => {
  it('are accepted in every form that cdk accepts', () => {
    const given = ['-c', 'auth=none', '--context', 'tags=a=b', '--context=stack_name=Two', '--profile', 'work'];
    expect(contextOf(given)).toEqual({ auth: 'none', tags: 'a=b', stack_name: 'Two' });
    expect(optionOf(given, '--profile')).toBe('work');
    expect(optionOf(given, '--region')).toBeUndefined();
  });
});

describe('the rehearsal with all settings', () => {
  const FILE = 'scripts/rehearse/all-settings.json';
  /**
   * They need a domain, a table, secrets, a network, a model or an event bus that the emulator does not have; and with origins it refuses
   * OPTIONS without an origin, which AWS does not.
   */
  const LEFT_OUT = [
    'app_secrets',
    'certificate_arn',
    'clients_table',
    'cors_origins',
    'event_bus',
    'http_domain',
    'messages_table',
    'responder',
    'responder_key_secret',
    'responder_model',
    'responder_url',
    'vpc_security_groups',
    'vpc_subnets',
    'websocket_domain',
  ];

  it('has every setting except those that need something outside the stack, and none at its default', () => {
    const given = JSON.parse(readFileSync(FILE, 'utf8'));
    const preset = readSettings({});
    const settings = readSettings(given);
    const missing = Object.keys(preset).filter((name) => name !== 'app' && !(name in given));
    expect(missing.sort()).toEqual(LEFT_OUT);
    const same = Object.keys(given).filter(
      (name) => JSON.stringify(settings[name as 'auth']) === JSON.stringify(preset[name as 'auth']),
    );
    expect(same.sort()).toEqual(['auth', 'reserved_concurrency', 'termination_protection']); // a Map is {} in JSON
  });

  it('becomes options of cdk synth', () => {
    const { synth: options } = readOptions(['--settings', FILE, '--context', 'auth=none'], 'http://127.0.0.1:9');
    expect(options.slice(0, 2)).toEqual(['--context', 'auth=token']);
    expect(options.slice(-2)).toEqual(['--context', 'auth=none']);
    expect(options).toContain('stack_name=Rehearsal');
  });
});

describe('the policy of the deploying user', () => {
  const policy = JSON.parse(readFileSync('docs/deploy-policy.json', 'utf8'));
  const allowed: string[] = policy.Statement.flatMap(({ Action }: Json) => Action);

  /** For each type of resource: a call that CloudFormation makes to create it, and the kind of ARN that the call is checked against. */
  const CREATING: Record<string, [action: string, arn: string][]> = {
    'AWS::ApiGatewayV2::': [['apigateway:POST', 'arn:aws:apigateway:eu-west-1::/apis']],
    'AWS::ApiGateway::Account': [['apigateway:PATCH', 'arn:aws:apigateway:eu-west-1::/account']],
    'AWS::Budgets::Budget': [['budgets:ModifyBudget', 'arn:aws:budgets::ACCOUNT:budget/Switchboard']],
    'AWS::CloudWatch::': [['cloudwatch:PutMetricAlarm', 'arn:aws:cloudwatch:eu-west-1:ACCOUNT:alarm:Switchboard-A']],
    'AWS::DynamoDB::Table': [['dynamodb:CreateTable', 'arn:aws:dynamodb:eu-west-1:ACCOUNT:table/Switchboard-A']],
    'AWS::Events::EventBus': [
      ['events:CreateEventBus', 'arn:aws:events:eu-west-1:ACCOUNT:event-bus/Switchboard-events'],
    ],
    'AWS::Events::Rule': [
      ['events:PutRule', 'arn:aws:events:eu-west-1:ACCOUNT:rule/Switchboard-events/Switchboard-A'],
      ['events:PutTargets', 'arn:aws:events:eu-west-1:ACCOUNT:rule/team-bus/Switchboard-A'],
    ],
    'AWS::IAM::Role': [['iam:CreateRole', 'arn:aws:iam::ACCOUNT:role/Switchboard-A']],
    'AWS::Lambda::EventSourceMapping': [
      ['lambda:CreateEventSourceMapping', '*'],
      ['lambda:DeleteEventSourceMapping', 'arn:aws:lambda:eu-west-1:ACCOUNT:event-source-mapping:a-b'],
      ['lambda:TagResource', 'arn:aws:lambda:eu-west-1:ACCOUNT:event-source-mapping:a-b'],
    ],
    'AWS::Lambda::': [['lambda:CreateFunction', 'arn:aws:lambda:eu-west-1:ACCOUNT:function:Switchboard-A']],
    'AWS::Logs::': [['logs:CreateLogGroup', 'arn:aws:logs:eu-west-1:ACCOUNT:log-group:A']],
    'AWS::SNS::': [['sns:CreateTopic', 'arn:aws:sns:eu-west-1:ACCOUNT:Switchboard-A']],
    'AWS::SQS::': [['sqs:CreateQueue', 'arn:aws:sqs:eu-west-1:ACCOUNT:Switchboard-A']],
    'AWS::SecretsManager::Secret': [
      ['secretsmanager:CreateSecret', 'arn:aws:secretsmanager:eu-west-1:ACCOUNT:secret:KeysA'],
      ['secretsmanager:GetRandomPassword', '*'],
    ],
  };
  /** The settings that the rehearsal leaves out, because they need something outside the stack. */
  const OUTSIDE = {
    events: 'all',
    event_queue: 'yes',
    websocket_domain: 'ws.example.com',
    http_domain: 'api.example.com',
    certificate_arn: 'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000',
    responder: 'openai',
    responder_url: 'https://model.example.com/v1',
    responder_model: 'model',
    vpc_subnets: 'subnet-0a1b2c3d4e5f67890',
    vpc_security_groups: 'sg-0a1b2c3d4e5f67890',
  };

  function allows(action: string, arn: string): boolean {
    const matches = (pattern: string, text: string) =>
      new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`).test(text);
    return policy.Statement.some(
      ({ Action, Resource }: Json) =>
        [Action].flat().some((one) => matches(one, action)) && [Resource].flat().some((one) => matches(one, arn)),
    );
  }

  it('allows creating each type of resource, with events, domains, a network and all other settings', () => {
    const rehearsed = JSON.parse(readFileSync('scripts/rehearse/all-settings.json', 'utf8'));
    const everything = synthesize({ ...rehearsed, ...OUTSIDE });
    const types = new Set(Object.values(everything.template.Resources).map(({ Type }) => Type));
    for (const type of ['AWS::Events::Rule', 'AWS::Lambda::EventSourceMapping', 'AWS::ApiGatewayV2::DomainName']) {
      expect(types).toContain(type);
    }
    for (const type of types) {
      const calls = CREATING[type] ?? CREATING[type.replace(/[^:]+$/, '')];
      expect([type, calls?.filter(([action, arn]) => !allows(action, arn))]).toEqual([type, []]);
    }
  });

  it('lets Lambda inspect the network of a function, which uses the permissions of the deploying user', () => {
    for (const action of ['ec2:DescribeVpcs', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups']) {
      expect([action, allows(action, '*')]).toEqual([action, true]);
    }
  });

  it('passes roles of the stack only to the services that use them', () => {
    const passing = policy.Statement.filter(({ Action }: Json) => [Action].flat().includes('iam:PassRole'));
    expect(passing).toHaveLength(1);
    expect(passing[0]).toMatchObject({
      Resource: 'arn:aws:iam::ACCOUNT:role/Switchboard-*',
      Condition: { StringEquals: { 'iam:PassedToService': ['lambda.amazonaws.com', 'apigateway.amazonaws.com'] } },
    });
  });

  it('does not make the user an administrator: it allows neither every action nor every role', () => {
    expect(allowed).not.toContain('*');
    expect(allowed.filter((action) => action === 'iam:*')).toEqual([]);
  });
});

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
