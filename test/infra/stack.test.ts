import { TABLES } from '../../lambdas/aws/tables';
import { MODEL_DEFAULTS } from '../../lambdas/models/model-settings';
import { type FunctionName, failures, functionNames, tasks } from '../../lambdas/routes';
import { idOf } from '../../lib/function-table';
import { isOthersTask, isOthersVariable } from '../support/own-functions';
import { type Json, type Synthesized, synthesize } from '../support/stack';

let stack: Synthesized;

beforeAll(() => {
  stack = synthesize();
});

/** The policy of a function's role, statement by statement: `action, action on resource`. */
function statementsOf(entry: FunctionName, policy: 'Running' | 'Calls'): string[] {
  const { Properties: lambda } = stack.functionOf(entry);
  const role = Object.entries(stack.all('AWS::IAM::Role')).find(
    ([path]) => stack.text(lambda.Role) === `<${path}.Arn>`,
  );
  const { PolicyDocument } = role?.[1].Properties.Policies.find(({ PolicyName }: Json) => PolicyName === policy) ?? {};
  return (PolicyDocument?.Statement ?? []).flatMap(({ Effect, Action, Resource }: Json) =>
    [Resource].flat().map((resource) => `${Effect} ${[Action].flat().join(', ')} on ${stack.text(resource)}`),
  );
}

describe('tables', () => {
  it.each([
    ['Data/Clients', TABLES.clients],
    ['Data/Messages', TABLES.messages],
  ])('%s has the keys and the TTL that its store uses, and on-demand billing', (path, schema) => {
    const { Properties: table } = stack.one('AWS::DynamoDB::Table', path);
    expect(table.KeySchema).toEqual([
      { AttributeName: schema.partitionKey, KeyType: 'HASH' },
      ...(schema.sortKey ? [{ AttributeName: schema.sortKey, KeyType: 'RANGE' }] : []),
    ]);
    expect(table.TimeToLiveSpecification).toEqual({ AttributeName: schema.ttlAttribute, Enabled: true });
    expect(table.BillingMode).toBe('PAY_PER_REQUEST');
  });

  it.each(['Data/Clients', 'Data/Messages'])('%s can be restored, and outlives the stack', (path) => {
    const { Properties: table, DeletionPolicy } = stack.one('AWS::DynamoDB::Table', path);
    expect(table.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
    expect(DeletionPolicy).toMatch(/^Retain/);
  });

  it('of clients has the indexes of online clients, without attributes that a message changes', () => {
    const { Properties: table } = stack.one('AWS::DynamoDB::Table', 'Data/Clients');
    const Projection = {
      ProjectionType: 'INCLUDE',
      NonKeyAttributes: ['connection_id', 'connected_at', 'labels', 'session_ends_at'],
    };
    expect(table.GlobalSecondaryIndexes).toEqual([
      { IndexName: 'online', KeySchema: [{ AttributeName: 'online_id', KeyType: 'HASH' }], Projection },
      { IndexName: 'owned', KeySchema: [{ AttributeName: 'owner_key', KeyType: 'HASH' }], Projection },
    ]);
  });
});

describe('keys', () => {
  it('are generated, one for each kind of caller, as JSON with room for a previous one', () => {
    const secrets = Object.values(stack.all('AWS::SecretsManager::Secret'));
    expect(secrets).toHaveLength(2);
    for (const { Properties: secret } of secrets) {
      expect(secret.GenerateSecretString).toEqual({
        SecretStringTemplate: '{}',
        GenerateStringKey: 'current',
        PasswordLength: 48,
        ExcludePunctuation: true,
      });
      expect(secret.SecretString).toBeUndefined();
    }
  });
});

describe('functions', () => {
  it('are exactly those in functionNames', () => {
    const names = Object.values(stack.all('AWS::Lambda::Function')).map(({ Properties }) => Properties.FunctionName);
    expect(names.sort()).toEqual(functionNames.map((entry) => `Switchboard-${entry.replace('/', '-')}`).sort());
  });

  it.each(functionNames)('%s runs on the newest Node, on arm64, and within its caller’s timeout', (entry) => {
    const { Properties: lambda } = stack.functionOf(entry);
    expect(lambda).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
    if (!isBackground(entry)) expect(lambda.Timeout).toBeLessThan(29);
  });

  it.each(functionNames)('%s has its own log with a retention, and no platform lines for each call', (entry) => {
    const { Properties: lambda } = stack.functionOf(entry);
    const log = Object.entries(stack.all('AWS::Logs::LogGroup')).find(
      ([path]) => stack.text(lambda.LoggingConfig.LogGroup) === `<${path}>`,
    )?.[1];
    expect(log?.Properties).toMatchObject({
      LogGroupName: `/aws/lambda/${lambda.FunctionName}`,
      RetentionInDays: 30,
    });
    expect(lambda.LoggingConfig).toMatchObject({
      LogFormat: 'JSON',
      ApplicationLogLevel: 'INFO',
      SystemLogLevel: 'WARN',
    });
  });

  it('may start themselves recursively if their task does', () => {
    const startThemselves = functionNames.filter(
      (entry) => stack.functionOf(entry).Properties.RecursiveLoop === 'Allow',
    );
    expect(startThemselves.sort()).toEqual(['broadcasts/segment', 'presence/roll-up', 'replies/respond']);
  });

  const STORES = ['CLIENTS_TABLE', 'HISTORY_SECONDS', 'MESSAGES_TABLE'];
  const RESPONDER = Object.keys(MODEL_DEFAULTS);
  it.each<[FunctionName, string[]]>([
    ['websocket/authorize', ['HISTORY_SECONDS', 'MESSAGES_TABLE', 'SIGNING_KEY_SECRET']],
    ['websocket/revoke', ['CALLBACK_URL', 'PRESENCE_FUNCTION', ...STORES]],
    ['websocket/connect', [...STORES, 'END_SESSION_FUNCTION', 'PRESENCE_FUNCTION', 'WELCOME_FUNCTION']],
    [
      'websocket/message',
      [
        ...['CALLBACK_URL', 'CLIENT_BURST', 'CLIENT_RATE', 'PRESENCE_REQUEST_FUNCTION'],
        ...['RESPONDER', 'RESPOND_FUNCTION', ...STORES],
      ],
    ],
    ['presence/request', ['CALLBACK_URL', 'PRESENCE_FUNCTION', ...STORES]],
    ['presence/roll-up', ['CALLBACK_URL', 'PRESENCE_FUNCTION', ...STORES]],
    ['http/groups', ['AUTH', 'PRESENCE_FUNCTION', ...STORES]],
    ['replies/respond', ['CALLBACK_URL', 'RESPOND_FUNCTION', ...RESPONDER, ...STORES]],
    ['replies/fail', ['CALLBACK_URL', 'RESPOND_FUNCTION', ...RESPONDER, ...STORES]],
    ['websocket/disconnect', [...STORES, 'END_SESSION_FUNCTION', 'PRESENCE_FUNCTION']],
    ['websocket/welcome', ['CALLBACK_URL', 'HEARTBEAT_SECONDS', 'HISTORY_SECONDS']],
    ['websocket/end-session', [...STORES, 'PRESENCE_FUNCTION']],
    ['broadcasts/segment', ['BROADCAST_SEGMENT_FUNCTION', 'CALLBACK_URL', ...STORES]],
    ['http/authorize', ['API_KEY_SECRET', 'HISTORY_SECONDS', 'MESSAGES_TABLE']],
    ['http/docs', ['AUTH', 'WEBSOCKET_URL']],
    ['http/read', ['AUTH', 'HEARTBEAT_SECONDS', ...STORES]],
    ['http/calls', ['AUTH', 'CALLBACK_URL', ...STORES]],
    ['http/mcp', ['AUTH', 'CALLBACK_URL', ...STORES]],
    ['http/push', ['AUTH', 'BROADCAST_SEGMENT_FUNCTION', 'CALLBACK_URL', 'PRESENCE_FUNCTION', ...STORES]],
    ['http/events', ['AUTH', 'HISTORY_SECONDS', 'MESSAGES_TABLE']],
    ['http/tokens', ['AUTH', 'CLIENT_RATE', ...STORES, 'SIGNING_KEY_SECRET', 'WEBSOCKET_URL']],
    ['http/admin', ['AUTH', 'HISTORY_SECONDS', 'MESSAGES_TABLE', 'REVOKE_FUNCTION']],
  ])('%s gets the settings that it needs, and no others: %j', (entry, names) => {
    const { Variables } = stack.functionOf(entry).Properties.Environment;
    const own = Object.keys(Variables).filter((variable) => !isOthersVariable(variable));
    expect(own.sort()).toEqual([...names, 'LOG_LEVEL', 'STACK_NAME'].sort());
  });

  it('get the names of secrets, and no secret', () => {
    const { Variables } = stack.functionOf('http/authorize').Properties.Environment;
    expect(stack.text(Variables.API_KEY_SECRET)).toBe('<Keys/ApiKey>'); // Ref of a secret is its ARN
    const { Variables: push } = stack.functionOf('http/push').Properties.Environment;
    expect(push.BROADCAST_SEGMENT_FUNCTION).toBe('Switchboard-broadcasts-segment:live');
    expect(stack.text(push.CALLBACK_URL)).toBe(
      'https://<WebSocket/Api>.execute-api.<AWS::Region>.<AWS::URLSuffix>/live',
    );
  });
});

/** Functions with no waiting caller. */
function isBackground(name: FunctionName): boolean {
  return Object.values<string>({ ...tasks, fail: failures.respond }).includes(name);
}

const DEAD_LETTER = 'sqs:SendMessage on <Functions/DeadLetters.Arn>';

describe('the permissions of a function', () => {
  const API = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<WebSocket/Api>/live';
  const FUNCTION = 'arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:Switchboard';
  const [POST, GET, DELETE] = ['POST', 'GET', 'DELETE'].map(
    (method) => `Allow execute-api:ManageConnections on ${API}/${method}/@connections/*`,
  ) as [string, string, string];
  const start = (name: string) => `Allow lambda:InvokeFunction on ${FUNCTION}-${name}:live`;
  const UPDATE = 'Allow dynamodb:UpdateItem on <Data/Clients.Arn>';
  const MEMBERS = 'Allow dynamodb:Query on <Data/Messages.Arn>/index/groups';
  const MEMBERSHIPS = 'Allow dynamodb:Query, dynamodb:Scan on <Data/Messages.Arn>/index/groups';
  const NOTE = 'Allow dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <Data/Messages.Arn>';
  const PRESENCE =
    'Allow dynamodb:BatchGetItem, dynamodb:DeleteItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <Data/Messages.Arn>';
  const SCAN = 'Allow dynamodb:Scan on <Data/Clients.Arn>/index/online';

  it.each<[FunctionName, string[]]>([
    [
      'websocket/authorize',
      ['Allow secretsmanager:GetSecretValue on <Keys/SigningKey>', 'Allow dynamodb:Query on <Data/Messages.Arn>'],
    ],
    [
      'websocket/revoke',
      [
        'Allow dynamodb:BatchGetItem, dynamodb:UpdateItem on <Data/Clients.Arn>',
        SCAN,
        NOTE,
        start('presence-roll-up'),
        POST,
        GET,
        DELETE,
      ],
    ],
    [
      'websocket/connect',
      [
        UPDATE,
        'Allow dynamodb:DeleteItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <Data/Messages.Arn>',
        start('websocket-welcome'),
        start('websocket-end-session'),
        start('presence-roll-up'),
      ],
    ],
    [
      'websocket/message',
      [
        'Allow dynamodb:GetItem, dynamodb:UpdateItem on <Data/Clients.Arn>',
        'Allow dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <Data/Messages.Arn>',
        start('replies-respond'),
        start('presence-request'),
        POST,
        GET,
        DELETE,
      ],
    ],
    [
      'replies/respond',
      [
        'Allow dynamodb:GetItem, dynamodb:UpdateItem on <Data/Clients.Arn>',
        'Allow dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <Data/Messages.Arn>',
        start('replies-respond'),
        POST,
        GET,
      ],
    ],
    [
      'replies/fail',
      [
        'Allow dynamodb:GetItem, dynamodb:UpdateItem on <Data/Clients.Arn>',
        'Allow dynamodb:DeleteItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <Data/Messages.Arn>',
        start('replies-respond'),
        POST,
        GET,
      ],
    ],
    ['websocket/disconnect', [UPDATE, NOTE, start('presence-roll-up'), start('websocket-end-session')]],
    ['websocket/welcome', [POST, GET, DELETE]],
    ['websocket/end-session', [UPDATE, NOTE, start('presence-roll-up')]],
    [
      'presence/request',
      [
        'Allow dynamodb:BatchGetItem, dynamodb:GetItem on <Data/Clients.Arn>',
        PRESENCE,
        MEMBERS,
        start('presence-roll-up'),
        POST,
      ],
    ],
    [
      'presence/roll-up',
      [
        'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:UpdateItem on <Data/Clients.Arn>',
        PRESENCE,
        start('presence-roll-up'),
        POST,
        GET,
      ],
    ],
    [
      'broadcasts/segment',
      [
        'Allow dynamodb:BatchGetItem, dynamodb:UpdateItem on <Data/Clients.Arn>',
        SCAN,
        MEMBERS,
        'Allow dynamodb:BatchWriteItem, dynamodb:PutItem, dynamodb:Query on <Data/Messages.Arn>',
        start('broadcasts-segment'),
        POST,
        GET,
      ],
    ],
    [
      'http/authorize',
      [
        'Allow secretsmanager:GetSecretValue on <Keys/ApiKey>',
        'Allow dynamodb:GetItem, dynamodb:PutItem on <Data/Messages.Arn>',
      ],
    ],
    ['http/docs', []],
    [
      'http/read',
      [
        'Allow dynamodb:BatchGetItem, dynamodb:GetItem on <Data/Clients.Arn>',
        SCAN,
        'Allow dynamodb:Query on <Data/Clients.Arn>/index/owned',
        'Allow dynamodb:GetItem, dynamodb:Query on <Data/Messages.Arn>',
        MEMBERSHIPS,
      ],
    ],
    [
      'http/groups',
      [
        'Allow dynamodb:BatchGetItem, dynamodb:GetItem on <Data/Clients.Arn>',
        'Allow dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <Data/Messages.Arn>',
        MEMBERS,
        start('presence-roll-up'),
      ],
    ],
    [
      'http/calls',
      [
        'Allow dynamodb:GetItem, dynamodb:UpdateItem on <Data/Clients.Arn>',
        'Allow dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <Data/Messages.Arn>',
        POST,
        GET,
      ],
    ],
    [
      'http/mcp',
      [
        'Allow dynamodb:GetItem, dynamodb:UpdateItem on <Data/Clients.Arn>',
        'Allow dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on <Data/Messages.Arn>',
        POST,
        GET,
      ],
    ],
    [
      'http/push',
      [
        'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:UpdateItem on <Data/Clients.Arn>',
        SCAN,
        MEMBERS,
        'Allow dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem on <Data/Messages.Arn>',
        start('broadcasts-segment'),
        start('presence-roll-up'),
        POST,
        GET,
        DELETE,
      ],
    ],
    ['http/events', ['Allow dynamodb:BatchWriteItem, dynamodb:GetItem, dynamodb:PutItem on <Data/Messages.Arn>']],
    [
      'http/tokens',
      [
        'Allow secretsmanager:GetSecretValue on <Keys/SigningKey>',
        'Allow dynamodb:GetItem on <Data/Clients.Arn>',
        'Allow dynamodb:BatchWriteItem, dynamodb:GetItem, dynamodb:PutItem on <Data/Messages.Arn>',
      ],
    ],
    [
      'http/admin',
      [
        'Allow dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:Query on <Data/Messages.Arn>',
        start('websocket-revoke'),
      ],
    ],
  ])('of %s: exactly its own calls', (entry, statements) => {
    const own = statementsOf(entry, 'Calls').filter((statement) => !isOthersTask(statement));
    expect(own.sort()).toEqual([...statements].sort());
  });

  it.each(functionNames)('of %s: in addition, what Lambda needs to run it', (entry) => {
    const id = stack.text(stack.functionOf(entry).Properties.LoggingConfig.LogGroup).slice(1, -1);
    const onFailure = entry === tasks.respond ? 'lambda:InvokeFunction on <Functions/RepliesFail/Live>' : DEAD_LETTER;
    expect(statementsOf(entry, 'Running')).toEqual([
      `Allow logs:CreateLogStream, logs:PutLogEvents on <${id}.Arn>`,
      ...(isBackground(entry) ? [`Allow ${onFailure}`] : []),
    ]);
  });

  it('are in its own role, which has no other policy and which only Lambda can assume', () => {
    const roles = functionNames.map((entry) => stack.text(stack.functionOf(entry).Properties.Role));
    expect(new Set(roles).size).toBe(functionNames.length);
    expect(stack.all('AWS::IAM::Policy')).toEqual({});
    for (const [path, { Properties: role }] of Object.entries(stack.all('AWS::IAM::Role'))) {
      if (!path.startsWith('Functions/')) continue;
      expect(role.ManagedPolicyArns).toBeUndefined();
      expect(role.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ]);
    }
  });
});

describe('background tasks', () => {
  it.each<[FunctionName, number, number]>([
    ['websocket/welcome', 1, 180],
    ['broadcasts/segment', 2, 3_600],
    ['presence/request', 1, 180],
    ['presence/roll-up', 2, 300],
  ])('%s is retried %d times, for %d seconds, and then kept', (entry, retries, seconds) => {
    const config = Object.values(stack.all('AWS::Lambda::EventInvokeConfig')).find(({ Properties }) =>
      stack.text(Properties.FunctionName).includes(idOf(entry)),
    )?.Properties;
    expect(config).toMatchObject({ MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: seconds });
    expect(stack.text(config.DestinationConfig.OnFailure.Destination)).toBe('<Functions/DeadLetters.Arn>');
  });

  it('that failed for good are in an encrypted queue that refuses unencrypted connections, for 14 days', () => {
    const { Properties: queue } = stack.one('AWS::SQS::Queue');
    expect(queue).toEqual({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 });
    const [statement] = stack.one('AWS::SQS::QueuePolicy').Properties.PolicyDocument.Statement;
    expect(statement).toMatchObject({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
  });
});

describe('the settings of the stack', () => {
  it('apply to the right resources', () => {
    const other = synthesize({ retain_messages: 'no', log_retention_days: '7', log_level: 'debug', stage_name: 'v2' });
    expect(other.one('AWS::DynamoDB::Table', 'Data/Messages').DeletionPolicy).toBe('Delete');
    const retentions = Object.values(other.all('AWS::Logs::LogGroup')).map(
      ({ Properties }) => Properties.RetentionInDays,
    );
    expect(new Set(retentions)).toEqual(new Set([7]));
    const { Properties: message } = other.functionOf('websocket/message');
    expect(message.Environment.Variables.LOG_LEVEL).toBe('debug');
    expect(message.LoggingConfig.ApplicationLogLevel).toBe('DEBUG');
    expect(other.text(message.Environment.Variables.CALLBACK_URL)).toMatch(/\/v2$/);
  });
});
