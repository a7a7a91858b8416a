/** `npm run deploy`: looks at the role by which API Gateway writes logs, and replaces none unasked. */
import { readFileSync } from 'node:fs';
import { readSettings } from '../../lib/read-settings';
import { accountLogRole } from '../../scripts/deploy/account-log-role';
import { contextOf, optionOf } from '../../scripts/deploy/options';
import { synthOptions } from '../../scripts/rehearse/synth-options';
import { type Json, synthesize } from '../support/stack';

const OTHERS = 'arn:aws:iam::123456789012:role/legacy-rest-api-logs';
const OURS = 'arn:aws:iam::123456789012:role/Switchboard-WebSocketGatewayAccountL-1A2B3C4D5E6F';

describe('the role for the logs of API Gateway', () => {
  it.each([
    ['existing', undefined, 'create'],
    ['existing', OTHERS, 'existing'],
    ['existing', OURS, 'existing'],
    ['create', undefined, 'create'],
    ['create', OURS, 'create'],
    ['replace', OTHERS, 'replace'],
  ])('with account_log_role=%s, where the account has %s, is: %s', (asked, roleArn, expected) => {
    expect(accountLogRole(readSettings({ account_log_role: asked }), { roleArn })).toBe(expected);
  });

  it('of another API is not replaced by account_log_role=create: the deployment ends before it begins', () => {
    const settings = readSettings({ account_log_role: 'create' });
    expect(() => accountLogRole(settings, { roleArn: OTHERS })).toThrow(`${OTHERS}. Leave account_log_role out`);
  });

  it('is left alone by `cdk deploy` itself, which asks no account', () => {
    expect(readSettings({}).account_log_role).toBe('existing');
  });
});

describe('options of the deployment', () => {
  it('are read in every form that cdk takes', () => {
    const given = ['-c', 'auth=none', '--context', 'tags=a=b', '--context=stack_name=Two', '--profile', 'work'];
    expect(contextOf(given)).toEqual({ auth: 'none', tags: 'a=b', stack_name: 'Two' });
    expect(optionOf(given, '--profile')).toBe('work');
    expect(optionOf(given, '--region')).toBeUndefined();
  });
});

describe('the rehearsal with all settings', () => {
  const FILE = 'scripts/rehearse/all-settings.json';
  /** Need a domain, a table, secrets, a network, a model or an event bus that a stand-in does not have; and with origins it refuses OPTIONS that name none, as AWS does not. */
  const LEFT_OUT = [
    'app_secrets',
    'certificate_arn',
    'clients_table',
    'cors_origins',
    'event_bus',
    'event_contents',
    'event_queue',
    'events',
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

  it('has every setting but those that need something outside of the stack, none at its default', () => {
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
    const options = synthOptions(['--settings', FILE, '--context', 'auth=none']);
    expect(options.slice(0, 2)).toEqual(['--context', 'auth=token']);
    expect(options.slice(-2)).toEqual(['--context', 'auth=none']);
    expect(options).toContain('stack_name=Rehearsal');
  });
});

describe('the policy for who deploys', () => {
  const policy = JSON.parse(readFileSync('docs/deploy-policy.json', 'utf8'));
  const allowed: string[] = policy.Statement.flatMap(({ Action }: Json) => Action);

  it('allows what is needed for each type of resource, with all settings turned on', () => {
    const everything = synthesize(JSON.parse(readFileSync('scripts/rehearse/all-settings.json', 'utf8')));
    const types = new Set(Object.values(everything.template.Resources).map(({ Type }) => Type));
    const services: Record<string, string> = { ApiGatewayV2: 'apigateway', CloudWatch: 'cloudwatch' };
    for (const type of types) {
      const [, service = ''] = type.split('::');
      const prefix = `${services[service] ?? service.toLowerCase()}:`;
      expect(allowed.filter((action) => action.startsWith(prefix))).not.toEqual([]);
    }
  });

  it('passes roles of the stack to the services that take them, and to no other', () => {
    const passing = policy.Statement.filter(({ Action }: Json) => [Action].flat().includes('iam:PassRole'));
    expect(passing).toHaveLength(1);
    expect(passing[0]).toMatchObject({
      Resource: 'arn:aws:iam::ACCOUNT:role/Switchboard-*',
      Condition: { StringEquals: { 'iam:PassedToService': ['lambda.amazonaws.com', 'apigateway.amazonaws.com'] } },
    });
  });

  it('is no administrator: neither every action, nor any role', () => {
    expect(allowed).not.toContain('*');
    expect(allowed.filter((action) => action === 'iam:*')).toEqual([]);
  });
});
