/** Events to EventBridge: nothing without the setting; with it, exactly the permissions that the function needs. */
import { readSettings, SettingError } from '../../lib/read-settings';
import { type Json, synthesize } from '../support/stack';

describe('without the setting', () => {
  const stack = synthesize();

  it('there is no stream, no bus and no function for events', () => {
    const tables = Object.values(stack.all('AWS::DynamoDB::Table'));
    expect(tables.map(({ Properties }) => Properties.StreamSpecification)).toEqual([undefined, undefined]);
    for (const type of ['AWS::Events::EventBus', 'AWS::Events::Rule', 'AWS::Lambda::EventSourceMapping']) {
      expect(stack.all(type)).toEqual({});
    }
    expect(() => stack.functionOf('events/publish')).toThrow();
    expect(stack.functionOf('http/events').Properties.Environment.Variables).not.toHaveProperty('EVENT_BUS');
  });
});

describe('with the setting', () => {
  const stack = synthesize({ events: 'all', event_queue: 'yes', event_contents: 'yes' }, { validated: true });

  function statementsOf(policyName: string): string[] {
    const role = stack.one('AWS::IAM::Role', 'Events/Publish/Role');
    const { PolicyDocument } = role.Properties.Policies.find((one: Json) => one.PolicyName === policyName);
    return PolicyDocument.Statement.map(({ Action, Resource }: Json) =>
      [[Action].flat().sort().join(', '), [Resource].flat().map(stack.text).join(', ')].join(' on '),
    );
  }

  it('the function is allowed the calls that its code makes, and Lambda reads the streams for it', () => {
    expect(statementsOf('Calls')).toEqual([
      'dynamodb:BatchGetItem, dynamodb:GetItem on <Data/Clients.Arn>',
      'dynamodb:Query on <Data/Messages.Arn>',
      expect.stringMatching(/^events:PutEvents on arn:.*:event-bus\/Switchboard-events$/),
    ]);
    expect(statementsOf('Running')).toEqual([
      'logs:CreateLogStream, logs:PutLogEvents on <Events/Publish/Log.Arn>',
      'sqs:SendMessage on <Functions/DeadLetters.Arn>',
      'dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator on <Data/Clients.StreamArn>, <Data/Messages.StreamArn>',
      'dynamodb:ListStreams on *',
    ]);
  });

  it('the function gets the settings that it needs, and no secret', () => {
    const { Variables } = stack.functionOf('events/publish').Properties.Environment;
    expect(Object.keys(Variables).sort()).toEqual(
      [
        'CLIENTS_TABLE',
        'EVENTS',
        'EVENT_BUS',
        'EVENT_CONTENTS',
        'HISTORY_SECONDS',
        'LOG_LEVEL',
        'MESSAGES_TABLE',
        'STACK_NAME',
      ].sort(),
    );
    expect(stack.functionOf('http/events').Properties.Environment.Variables).toMatchObject({
      EVENT_BUS: 'Switchboard-events',
      EVENT_CONTENTS: 'on',
    });
  });

  it('each stream is read in batches that may partly fail, and failures go to the dead-letter queue', () => {
    const mappings = Object.values(stack.all('AWS::Lambda::EventSourceMapping'));
    expect(mappings).toHaveLength(2);
    for (const { Properties } of mappings) {
      expect(Properties).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        StartingPosition: 'TRIM_HORIZON',
        MaximumRecordAgeInSeconds: 43_200,
      });
      expect(stack.text(Properties.DestinationConfig.OnFailure.Destination)).toBe('<Functions/DeadLetters.Arn>');
      expect(JSON.stringify(Properties.FunctionName)).toMatch(/EventsPublishLive.*:live/);
      expect(Properties.FilterCriteria.Filters.length).toBeLessThanOrEqual(5); // Lambda's limit
    }
  });

  it('a rule sends all events of the bus to a queue, and failures to another', () => {
    const { Properties } = stack.one('AWS::Events::Rule');
    expect(Properties.EventPattern).toEqual({ source: ['switchboard'] });
    expect(stack.text(Properties.Targets[0].Arn)).toBe('<Events/Queue.Arn>');
    expect(stack.text(Properties.Targets[0].DeadLetterConfig.Arn)).toBe('<Events/Undelivered.Arn>');
    expect(stack.outputs).toMatchObject({ EventBus: 'Switchboard-events', EventQueue: '<Events/Queue>' });
  });

  it('alarms report errors, late events and undelivered events', () => {
    const names = Object.keys(stack.all('AWS::CloudWatch::Alarm'));
    expect(names).toEqual(
      expect.arrayContaining(['EventsPublishErrors', 'EventsLate', 'EventsUndelivered'].map((one) => `Alarms/${one}`)),
    );
  });
});

it('the team’s own bus is used, and none is created', () => {
  const stack = synthesize({ events: 'call.completed', event_bus: 'team' });
  expect(stack.all('AWS::Events::EventBus')).toEqual({});
  const { Variables } = stack.functionOf('events/publish').Properties.Environment;
  expect(Variables).toMatchObject({ EVENT_BUS: 'team', EVENTS: 'call.completed' });
});

it('a table of another stack has no stream that could be read', () => {
  expect(() => readSettings({ events: 'all', clients_table: 'restored' })).toThrow(SettingError);
});
