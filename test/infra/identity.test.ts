/** What must not change between versions, what a stack is called, and what remains after it is deleted. */
import { authorizers, functionNames } from '../../lambdas/routes';
import { type Json, type Synthesized, synthesize } from '../support/stack';

let stack: Synthesized;
let other: Synthesized;

beforeAll(() => {
  stack = synthesize();
  other = synthesize({
    stack_name: 'Chat-staging',
    tags: 'team=gateway,cost-center=42',
    auth: 'none',
    tracing: 'yes',
    account_log_role: 'create',
    alarm_email: 'ops@example.com',
    monthly_budget: '100',
    websocket_domain: 'ws.example.com',
    http_domain: 'api.example.com',
    certificate_arn: 'arn:aws:acm:eu-west-1:123456789012:certificate/0f0a1b2c-1111-2222-3333-444455556666',
  });
});

function idsOf({ template }: Synthesized, ...types: string[]): string[] {
  const all = Object.entries(template.Resources);
  return all.filter(([, { Type }]) => types.includes(Type)).map(([id]) => id);
}

describe('resources that cannot be replaced', () => {
  // CloudFormation identifies a resource by its logical id. A new id means a new table, a new URL, new keys.
  const PINNED = {
    'AWS::DynamoDB::Table': ['DataClients768C012C', 'DataMessagesCEC34E34'],
    'AWS::ApiGatewayV2::Api': ['HttpGatewayApi9C4F3E95', 'WebSocketApi273F6915'],
    'AWS::SecretsManager::Secret': ['KeysApiKey8DC37345', 'KeysSigningKeyADF32206'],
  };
  it.each(Object.entries(PINNED))('%s keep their logical ids', (type, ids) => {
    expect(idsOf(stack, type).sort()).toEqual(ids);
    expect(idsOf(other, type).sort()).toEqual(ids); // whatever the stack is called
  });
});

describe('the name of a stack', () => {
  it('is Switchboard by default', () => {
    expect(stack.stack.stackName).toBe('Switchboard');
    expect(other.stack.stackName).toBe('Chat-staging');
  });

  it('starts every name, so that two stacks fit into one account and region', () => {
    const named = Object.values(other.template.Resources).flatMap(({ Type, Properties = {} }) => {
      const name = Properties.FunctionName ?? Properties.LogGroupName ?? Properties.QueryDefinitionName;
      const isNamed = typeof name === 'string' && /::(Function|LogGroup)$/.test(Type);
      return isNamed ? [name] : [];
    });
    expect(named.length).toBeGreaterThan(functionNames.length);
    for (const name of named) expect(name).toMatch(/^(\/aws\/lambda\/|\/aws\/vendedlogs\/apigateway\/)?Chat-staging\b/);
    const text = JSON.stringify(other.template).replaceAll(/"aws:cdk:path":"[^"]*"/g, '');
    expect(text.match(/.{20}(Switchboard-|\/Switchboard\/).{20}/g) ?? []).toEqual([]);
  });

  it('is a dimension of the functions’ metrics', () => {
    for (const name of functionNames) {
      const { Variables } = other.template.Resources[functionId(name)]?.Properties.Environment ?? {};
      expect(Variables.STACK_NAME).toBe('Chat-staging');
    }
    const alarms = Object.values(other.all('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
    const errors = alarms.find(({ Namespace, MetricName }) => Namespace === 'Switchboard' && MetricName === 'errors');
    expect(errors?.Dimensions).toEqual([{ Name: 'stack', Value: 'Chat-staging' }]);
    const metrics = alarms.flatMap(({ Metrics }) => Metrics ?? []);
    expect(metrics.find(({ Id }) => Id === 'unauthorized').MetricStat.Metric.Dimensions).toEqual([
      { Name: 'stack', Value: 'Chat-staging' },
    ]);
  });

  function functionId(name: string): string {
    const id = Object.entries(other.template.Resources).find(
      ([, { Properties }]) => Properties?.FunctionName === `Chat-staging-${name.replace('/', '-')}`,
    )?.[0];
    return id ?? `no function ${name}, of ${authorizers.http}`;
  }
});

describe('tags', () => {
  it('name the application and the stack, and further ones can be set', () => {
    expect(stack.stack.tags.tagValues()).toEqual({ application: 'switchboard', stack: 'Switchboard' });
    expect(other.stack.tags.tagValues()).toEqual({
      application: 'switchboard',
      stack: 'Chat-staging',
      team: 'gateway',
      'cost-center': '42',
    });
  });
});

describe('a deleted stack', () => {
  it('must be unprotected first, because its URLs and keys cannot be recovered', () => {
    expect(stack.stack.terminationProtection).toBe(true);
    expect(synthesize({ termination_protection: 'no' }).stack.terminationProtection).toBe(false);
  });

  it('leaves its tables, but a failed first deployment leaves none', () => {
    const tables = Object.values(stack.all('AWS::DynamoDB::Table')) as Json[];
    for (const { DeletionPolicy, UpdateReplacePolicy } of tables) {
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
    }
  });

  it('leaves the account’s log role, even after a failed deployment, because the account still refers to it', () => {
    const [role] = Object.values(other.all('AWS::IAM::Role')).filter(({ Properties }) => Properties.ManagedPolicyArns);
    expect(role?.DeletionPolicy).toBe('Retain');
    expect(other.one('AWS::ApiGateway::Account').DeletionPolicy).toBe('Retain');
  });
});

describe('tables of an earlier stack', () => {
  it('replace the stack’s own, in functions, roles and metrics', () => {
    const restored = synthesize({ clients_table: 'clients-restored', messages_table: 'messages-restored' });
    expect(restored.all('AWS::DynamoDB::Table')).toEqual({});
    const { Variables } = restored.functionOf('http/push').Properties.Environment;
    expect([Variables.CLIENTS_TABLE, Variables.MESSAGES_TABLE]).toEqual(['clients-restored', 'messages-restored']);
    expect(restored.outputs.MessagesTable).toBe('messages-restored');
    const text = JSON.stringify(restored.template);
    const arns = [':table/messages-restored', ':table/clients-restored', ':table/clients-restored/index/online'];
    expect(arns.filter((arn) => !text.includes(`${arn}"`))).toEqual([]);
  });
});

describe('texts in the template', () => {
  it('are ASCII: CloudFormation stores other characters as `?`, which would hide changes in a diff', () => {
    for (const { template } of [stack, other]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is
      expect(JSON.stringify(template, undefined, 1).match(/^.*[^\x00-\x7f].*$/gm) ?? []).toEqual([]);
    }
  });
});
