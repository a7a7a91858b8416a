/** Settings and secrets of the team's own code reach the function that runs it, and no other. */
import { functionNames } from '../../lambdas/routes';
import { readSettings } from '../../lib/read-settings';
import { grantsOf } from '../support/policies';
import { synthesize } from '../support/stack';

jest.mock('../../lambdas/app/settings', () => ({
  settings: { GREETING: { default: 'Hello', pattern: /^[A-Z][a-z]+$/, allowed: 'one word' } },
}));

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:answers-AbCdEf';
const OTHER = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:search-GhIjKl';
const OWN: readonly string[] = ['websocket/message', 'replies/respond'];
const others = functionNames.filter((name) => !OWN.includes(name));

describe('secrets of the team’s own code', () => {
  const stack = synthesize({ app_secrets: `ANSWERS_KEY=${ARN},SEARCH_KEY=${OTHER}` });
  const bare = synthesize();
  const variablesOf = (name: (typeof functionNames)[number], from = stack) =>
    from.functionOf(name).Properties.Environment.Variables;

  it.each(['websocket/message', 'replies/respond'] as const)(
    'reach %s: each ARN by its name, and the grant',
    (name) => {
      expect(variablesOf(name)).toMatchObject({ SECRET_ANSWERS_KEY: ARN, SECRET_SEARCH_KEY: OTHER });
      const reads = grantsOf(stack, name).filter(({ action }) => action.startsWith('secretsmanager:'));
      expect(reads).toEqual([
        { action: 'secretsmanager:GetSecretValue', resource: ARN },
        { action: 'secretsmanager:GetSecretValue', resource: OTHER },
      ]);
    },
  );

  it.each(others)('change nothing of %s', (name) => {
    expect(variablesOf(name)).toEqual(variablesOf(name, bare));
    expect(grantsOf(stack, name)).toEqual(grantsOf(bare, name));
  });

  it('add no grant if the setting is empty', () => {
    const actions = grantsOf(bare, 'websocket/message').map(({ action }) => action);
    expect(actions).not.toContain('secretsmanager:GetSecretValue');
  });

  it.each(['ANSWERS_KEY', 'answers=arn:aws:secretsmanager:x', `ANSWERS_KEY=${ARN},`, 'ANSWERS_KEY=sk-12345'])(
    'are refused if one is %j',
    (app_secrets) => {
      expect(() => readSettings({ app_secrets })).toThrow(/^app_secrets is "/);
    },
  );
});

describe('settings of the team’s own code', () => {
  const stack = synthesize({ GREETING: 'Welcome' });
  const variablesOf = (name: (typeof functionNames)[number]) => stack.functionOf(name).Properties.Environment.Variables;

  it('reach websocket/message', () => {
    expect(variablesOf('websocket/message').GREETING).toBe('Welcome');
    expect(synthesize().functionOf('websocket/message').Properties.Environment.Variables.GREETING).toBe('Hello');
  });

  it.each(others)('do not reach %s', (name) => {
    expect(variablesOf(name)).not.toHaveProperty('GREETING');
  });

  it('are refused if they do not match their pattern', () => {
    expect(() => readSettings({ GREETING: '42' })).toThrow('GREETING is "42", but must be one word.');
  });
});

describe('retain_messages', () => {
  it.each([
    ['yes', 'RetainExceptOnCreate'],
    ['no', 'Delete'],
  ])('%s applies to both tables: %s', (retain_messages, policy) => {
    const tables = Object.values(synthesize({ retain_messages }).all('AWS::DynamoDB::Table'));
    expect(tables.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual([policy, policy]);
  });
});

const MODEL_KEY = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:chat/key-AbCdEf';

describe('a back end', () => {
  const settings = { responder: 'openai', responder_model: 'm-1', responder_key_secret: MODEL_KEY };
  const stack = synthesize(settings);
  const variablesOf = (name: (typeof functionNames)[number]) => stack.functionOf(name).Properties.Environment.Variables;
  const bedrock = (responder_model: string) => {
    const grants = grantsOf(synthesize({ responder: 'bedrock', responder_model }), 'replies/respond');
    return grants.filter(({ action }) => action.startsWith('bedrock:')).map(({ resource }) => resource);
  };

  it('has its key read only by replies/respond', () => {
    for (const name of functionNames) {
      const reads = grantsOf(stack, name).filter(({ resource }) => resource === MODEL_KEY);
      expect([name, reads.length]).toEqual([name, name === 'replies/respond' ? 1 : 0]);
      expect(variablesOf(name).SECRET_RESPONDER_KEY).toBe(name === 'replies/respond' ? MODEL_KEY : undefined);
    }
  });

  it('may name its secret by a path', () => {
    const byPath = grantsOf(synthesize({ ...settings, responder_key_secret: 'chat/key' }), 'replies/respond');
    expect(byPath.map(({ resource }) => resource)).toContain(
      'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:chat/key-??????',
    );
  });

  it('is only known by name to $default', () => {
    const names = Object.keys(variablesOf('websocket/message')).filter((name) => name.startsWith('RESPONDER'));
    expect(names).toEqual(['RESPONDER']);
    expect(variablesOf('replies/respond')).toMatchObject({ RESPONDER: 'openai', RESPONDER_MODEL: 'm-1' });
  });

  it('on Bedrock may only be called by replies/respond, and only its own model', () => {
    const foundation = 'arn:<AWS::Partition>:bedrock:<AWS::Region>::foundation-model/amazon.nova-lite-v1:0';
    expect(bedrock('amazon.nova-lite-v1:0')).toEqual([foundation]);
    expect(bedrock('eu.amazon.nova-lite-v1:0')).toEqual([
      'arn:<AWS::Partition>:bedrock:<AWS::Region>:<AWS::AccountId>:inference-profile/eu.amazon.nova-lite-v1:0',
      'arn:<AWS::Partition>:bedrock:*::foundation-model/amazon.nova-lite-v1:0',
    ]);
    const arn = 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc';
    expect(bedrock(arn)).toEqual([arn]);
    const others = synthesize({ responder: 'bedrock', responder_model: 'm' });
    for (const name of functionNames.filter((one) => one !== 'replies/respond')) {
      expect(grantsOf(others, name).filter(({ action }) => action.startsWith('bedrock:'))).toEqual([]);
    }
    expect(grantsOf(stack, 'replies/respond').some(({ action }) => action.startsWith('bedrock:'))).toBe(false);
  });

  it.each([
    [{ responder: 'openai' }, 'responder_model is missing'],
    [{ responder: 'bedrock' }, 'responder_model is missing'],
    [{ responder: 'http' }, 'responder_url is missing'],
    [{ responder: 'openai', responder_model: 'm' }, 'responder_key_secret is missing'],
    [{ responder_model: 'm' }, 'responder_model is set, but the responder is echo'],
    [{ responder: 'gpt' }, 'responder is "gpt", but must be echo, openai, bedrock, http.'],
    [{ responder_seconds: '841' }, 'responder_seconds is "841"'],
    [{ vpc_subnets: 'subnet-0a1b2c3d4e5f67890' }, 'vpc_subnets and vpc_security_groups go together'],
    [{ environment: 'RESPONDER_MODEL=x' }, 'environment is "RESPONDER_MODEL=x"'],
    [{ environment: 'AWS_REGION=x' }, 'environment is "AWS_REGION=x"'],
  ])('with %j is refused', (given, message) => {
    expect(() => readSettings(given)).toThrow(message);
  });
});

describe('environment', () => {
  it('reaches the functions that run the team’s code, and no other', () => {
    const stack = synthesize({ environment: 'REGION_NAME=north,MODE=fast' });
    for (const name of functionNames) {
      const { Variables } = stack.functionOf(name).Properties.Environment;
      expect([name, Variables.REGION_NAME]).toEqual([name, OWN.includes(name) ? 'north' : undefined]);
    }
  });
});

describe('a network', () => {
  it('contains only replies/respond, which gets the permissions for it', () => {
    const stack = synthesize({ vpc_subnets: 'subnet-0a1b2c3d,subnet-1a1b2c3d', vpc_security_groups: 'sg-0a1b2c3d' });
    for (const name of functionNames) {
      const { VpcConfig } = stack.functionOf(name).Properties;
      const expected = { SubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'], SecurityGroupIds: ['sg-0a1b2c3d'] };
      expect([name, VpcConfig]).toEqual([name, name === 'replies/respond' ? expected : undefined]);
    }
  });
});

const WEATHER = { url: 'https://weather.example.com/mcp', headers: { Authorization: { secret: 'WEATHER_KEY' } } };

describe('MCP servers', () => {
  const mcp_servers = JSON.stringify({ weather: WEATHER });
  const stack = synthesize({ mcp_servers, app_secrets: `WEATHER_KEY=${ARN}` });

  it.each(functionNames)('are known to the functions that call tools: %s', (name) => {
    const { MCP_SERVERS } = stack.functionOf(name).Properties.Environment.Variables;
    expect(MCP_SERVERS).toBe(OWN.includes(name) ? mcp_servers : undefined);
  });

  it('change no function if none is configured', () => {
    const bare = synthesize();
    for (const name of functionNames) {
      expect(bare.functionOf(name).Properties.Environment.Variables).not.toHaveProperty('MCP_SERVERS');
    }
  });

  it.each([
    ['{"weather":', 'mcp_servers is not valid: it must be a JSON object'],
    ['{"weather":{"command":"npx"}}', 'mcp_servers is not valid at weather'],
    ['{"weather":{"url":"ftp://k-7@weather.example.com"}}', 'mcp_servers is not valid at weather.url'],
    ['{"a.b":{"url":"https://weather.example.com"}}', 'mcp_servers is not valid at a.b'],
    [mcp_servers, 'mcp_servers names the secret WEATHER_KEY, which app_secrets must have: WEATHER_KEY=SECRET.'],
  ])('are refused as %s, in a sentence without their values', (given, sentence) => {
    expect(() => readSettings({ mcp_servers: given })).toThrow(sentence);
    expect(() => readSettings({ mcp_servers: given })).not.toThrow('k-7');
  });
});
