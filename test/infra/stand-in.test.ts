/** What a stand-in for AWS gets in a rehearsal: all that AWS gets, but for what it does not know. */
import { settingDifferences } from '../../scripts/rehearse/differences';
import { SYNTHESIS, type Synthesized, synthesize } from '../support/stack';

let onAws: Synthesized;
let onStandIn: Synthesized;

beforeAll(() => {
  const differences = settingDifferences('https://127.0.0.1:4566');
  onAws = synthesize();
  onStandIn = synthesize(Object.fromEntries(differences.map(({ setting, value }) => [setting, value])));
}, SYNTHESIS);

/** Paths of what only AWS gets. */
function lacking(type: string): string[] {
  const there = onStandIn.all(type);
  return Object.keys(onAws.all(type)).filter((path) => !(path in there));
}

describe('in a rehearsal', () => {
  it('addresses are below the stand-in, for clients, for services, and for functions', () => {
    expect(onStandIn.outputs).toMatchObject({
      WebSocketUrl: 'wss://127.0.0.1:4566/_aws/execute-api/<WebSocket/Api>/live',
      HttpUrl: 'https://127.0.0.1:4566/_aws/execute-api/<HttpGateway/Api>',
    });
    const { CALLBACK_URL } = onStandIn.functionOf('background/welcome').Properties.Environment.Variables;
    expect(onStandIn.text(CALLBACK_URL)).toBe('https://127.0.0.1:4566/_aws/execute-api/<WebSocket/Api>/live');
  });

  it('the route response is not declared, and replies travel by it all the same', () => {
    expect(lacking('AWS::ApiGatewayV2::RouteResponse')).toHaveLength(1);
    expect(onStandIn.all('AWS::ApiGatewayV2::RouteResponse')).toEqual({});
    const { REPLY_BY } = onStandIn.functionOf('websocket/message').Properties.Environment.Variables;
    expect(REPLY_BY).toBe('route_response');
  });

  it.each(['AWS::IAM::Role', 'AWS::ApiGatewayV2::Authorizer', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret'])(
    'every %s is as on AWS',
    (type) => {
      expect(Object.keys(onStandIn.all(type))).not.toEqual([]);
      expect(onStandIn.all(type)).toEqual(onAws.all(type));
    },
  );

  it('every alarm is as on AWS, but for the one of an expression', () => {
    const of = ({ all }: Synthesized) => {
      const { 'Alarms/WebsocketAuthorizeErrors': ofExpression, ...others } = all('AWS::CloudWatch::Alarm');
      return { ofExpression: ofExpression?.Properties, others };
    };
    expect(Object.keys(of(onAws).others)).not.toEqual([]);
    expect(of(onStandIn).others).toEqual(of(onAws).others);
    expect([of(onAws).ofExpression.Metrics?.length, of(onStandIn).ofExpression.MetricName]).toEqual([3, 'Errors']);
  });
});
