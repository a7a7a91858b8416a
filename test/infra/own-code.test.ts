/** Settings and secrets of the team's own code reach the function that runs it, and no other. */
import { functionNames } from '../../lambdas/routes';
import { readSettings } from '../../lib/settings';
import { grantsOf } from '../support/policies';
import { synthesize } from '../support/stack';

jest.mock('../../lambdas/app/settings', () => ({
  settings: { GREETING: { default: 'Hello', pattern: /^[A-Z][a-z]+$/, allowed: 'one word' } },
}));

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:answers-AbCdEf';
const OTHER = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:search-GhIjKl';
const others = functionNames.filter((name) => name !== 'websocket/message');

describe('secrets of the team’s own code', () => {
  const stack = synthesize({ app_secrets: `ANSWERS_KEY=${ARN},SEARCH_KEY=${OTHER}` });
  const bare = synthesize();
  const variablesOf = (name: (typeof functionNames)[number], from = stack) =>
    from.functionOf(name).Properties.Environment.Variables;

  it('reach websocket/message: the ARN of each by its name, and the grant to read it', () => {
    expect(variablesOf('websocket/message')).toMatchObject({ SECRET_ANSWERS_KEY: ARN, SECRET_SEARCH_KEY: OTHER });
    const reads = grantsOf(stack, 'websocket/message').filter(({ action }) => action.startsWith('secretsmanager:'));
    expect(reads).toEqual([
      { action: 'secretsmanager:GetSecretValue', resource: ARN },
      { action: 'secretsmanager:GetSecretValue', resource: OTHER },
    ]);
  });

  it.each(others)('change nothing of %s', (name) => {
    expect(variablesOf(name)).toEqual(variablesOf(name, bare));
    expect(grantsOf(stack, name)).toEqual(grantsOf(bare, name));
  });

  it('add no grant where the setting names none', () => {
    const actions = grantsOf(bare, 'websocket/message').map(({ action }) => action);
    expect(actions).not.toContain('secretsmanager:GetSecretValue');
  });

  it.each(['ANSWERS_KEY', 'answers=arn:aws:secretsmanager:x', `ANSWERS_KEY=${ARN},`, 'ANSWERS_KEY=sk-12345'])(
    'are refused where one is %j',
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

  it('are refused where they do not match their pattern', () => {
    expect(() => readSettings({ GREETING: '42' })).toThrow('GREETING is "42", but must be one word.');
  });
});

describe('retain_messages', () => {
  it.each([
    ['yes', 'RetainExceptOnCreate'],
    ['no', 'Delete'],
  ])('%s governs both tables alike: %s', (retain_messages, policy) => {
    const tables = Object.values(synthesize({ retain_messages }).all('AWS::DynamoDB::Table'));
    expect(tables.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual([policy, policy]);
  });
});
