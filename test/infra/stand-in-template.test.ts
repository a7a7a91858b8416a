/** What the rehearsal changes in the template: each change on its own, with the rest of the template as on AWS. */
import { isDeepStrictEqual } from 'node:util';
import { templateDifferences } from '../../scripts/rehearse/differences';
import { type Template, type TemplateChange, templateForStandIn } from '../../scripts/rehearse/stand-in-template';
import { type Json, synthesize } from '../support/stack';

const ENDPOINT = 'https://127.0.0.1:4566';
const RESPONSE = 'WebSocket/Api/$default-Route/Response';

let onAws: Template;

beforeAll(() => {
  onAws = synthesize().template;
});

const changedBy = (...changes: TemplateChange[]) => templateForStandIn(onAws, ENDPOINT, changes);

/** Resources that are in both templates but differ, by the paths of their constructs. */
function differing(changed: Template): Record<string, { before: Json; after: Json }> {
  const pairs = Object.entries(changed.Resources).map(([id, after]) => ({ id, before: onAws.Resources[id], after }));
  const unlike = pairs.filter(({ before, after }) => !isDeepStrictEqual(before, after));
  return Object.fromEntries(unlike.map(({ id, before, after }) => [pathOf(id), { before, after }]));
}

/** The only resource that differs, which must be the one at this path. */
function onlyDifferenceAt(path: string, changed: Template): { before: Json; after: Json } {
  const found = differing(changed);
  expect(Object.keys(found)).toEqual([path]);
  return found[path] as { before: Json; after: Json };
}

function pathOf(id: string): string {
  const { Metadata }: Json = onAws.Resources[id];
  return Metadata['aws:cdk:path'].replace(/^Switchboard\//, '').replace(/\/Resource$/, '');
}

/** A template with every `Fn::Join` resolved, and `<id>` for a `Ref`. */
function writtenOut(template: Template): string {
  const reviver = (_: string, value: Json) => {
    if (value?.Ref !== undefined) return `<${value.Ref}>`;
    const [separator, parts] = value?.['Fn::Join'] ?? [];
    return parts?.every((part: Json) => typeof part === 'string') ? parts.join(separator) : value;
  };
  return JSON.stringify(JSON.parse(JSON.stringify(template), reviver));
}

describe('the template of a rehearsal', () => {
  it('has the emulator’s host wherever the host name of an API was', () => {
    const hostNames = /<(\w+)>(",")?\.execute-api\.\2<AWS::Region>\2\.\2<AWS::URLSuffix>/g;
    const written = writtenOut(onAws);
    expect(written.match(hostNames)?.length).toBeGreaterThan(10);
    const expected = written.replace(hostNames, (_, api, between = '') => {
      return `127.0.0.1:4566/_aws/execute-api/${between}<${api}>`;
    });
    expect(writtenOut(changedBy('addresses'))).toBe(expected);
  });

  it('directs clients, services and functions to the emulator', () => {
    const { Outputs, Resources } = changedBy('addresses');
    const text = writtenOut({ Outputs, Resources });
    expect(text).toMatch(/"WebSocketUrl":\{[^}]*"Value":"wss:\/\/127\.0\.0\.1:4566\/_aws\/execute-api\/<\w+>\/live"/);
    expect(text).toMatch(/"HttpUrl":\{[^}]*"Value":"https:\/\/127\.0\.0\.1:4566\/_aws\/execute-api\/<\w+>"/);
    expect(text).toMatch(/"CALLBACK_URL":"https:\/\/127\.0\.0\.1:4566\/_aws\/execute-api\/<\w+>\/live"/);
  });

  it('has no route response, and nothing that depends on one', () => {
    const changed = changedBy('routeResponses');
    const missing = Object.keys(onAws.Resources).filter((id) => !(id in changed.Resources));
    expect(missing.map(pathOf)).toEqual([RESPONSE]);
    const { before, after } = onlyDifferenceAt('WebSocketGateway/Stage', changed);
    const DependsOn = before.DependsOn.filter((id: string) => id !== missing[0]);
    expect(after).toEqual({ ...before, DependsOn });
    expect(JSON.stringify(changed)).not.toContain(missing[0]);
  });

  it('has each alarm on an expression watch only the first metric', () => {
    const changed = differing(changedBy('expressionAlarms'));
    expect(Object.keys(changed).sort()).toEqual([
      'Alarms/FunctionThrottles',
      'Alarms/HttpFunctionThrottles',
      'Alarms/TaskFunctionThrottles',
      'Alarms/WebsocketAuthorizeErrors',
    ]);
    for (const { before, after } of Object.values(changed)) {
      const { Metrics, ...kept } = before.Properties;
      const { Metric } = Metrics.find(({ MetricStat }: Json) => MetricStat).MetricStat;
      expect(after).toEqual({ ...before, Properties: { ...kept, ...Metric, Period: 300, Statistic: 'Sum' } });
    }
  });

  it('has no saved query, and no budget', () => {
    const types = (template: Template) => new Set(Object.values(template.Resources).map(({ Type }) => Type));
    expect(types(onAws)).toContain('AWS::Logs::QueryDefinition');
    expect(types(changedBy('watchingAlone'))).not.toContain('AWS::Logs::QueryDefinition');
  });

  it('has the CORS configuration with the names that the service uses', () => {
    const { before, after } = onlyDifferenceAt('HttpGateway/Api', changedBy('corsNames'));
    const { AllowCredentials, AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders, MaxAge } =
      before.Properties.CorsConfiguration;
    const names = {
      allowCredentials: AllowCredentials,
      allowOrigins: AllowOrigins,
      allowMethods: AllowMethods,
      allowHeaders: AllowHeaders,
      exposeHeaders: ExposeHeaders,
      maxAge: MaxAge,
    };
    expect(after).toEqual({ ...before, Properties: { ...before.Properties, CorsConfiguration: names } });
  });

  it('reads the ARN of a secret from its attribute', () => {
    const secrets = Object.keys(onAws.Resources).filter(
      (id) => onAws.Resources[id]?.Type === 'AWS::SecretsManager::Secret',
    );
    expect(secrets).toHaveLength(2);
    const refs = new RegExp(`\\{"Ref":"(${secrets.join('|')})"\\}`, 'g');
    expect(JSON.stringify(changedBy('secretArns'))).toBe(
      JSON.stringify(onAws).replace(refs, '{"Fn::GetAtt":["$1","Id"]}'),
    );
  });

  it('is otherwise the same as on AWS: roles, routes, tables and functions, except for addresses', () => {
    const changed = changedBy(...templateDifferences.map(({ change }) => change));
    const types = new Set(Object.values(differing(changed)).map(({ before }) => before.Type));
    expect([...types].sort()).toEqual([
      'AWS::ApiGatewayV2::Api', // CORS
      'AWS::ApiGatewayV2::Stage', // its dependencies
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard', // addresses
      'AWS::IAM::Role', // secrets
      'AWS::Lambda::Function', // addresses and secrets
    ]);
  });

  it.each(templateDifferences)('reports a change that finds nothing to change: $change', ({ change }) => {
    const changed = changedBy(change);
    expect(() => templateForStandIn(changed, ENDPOINT, [change])).toThrow(
      `The template has nothing to change for "${change}".`,
    );
  });
});
