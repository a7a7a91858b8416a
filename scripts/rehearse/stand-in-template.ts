/** Rewrites the synthesized template so that the stand-in can deploy it. The reason for each change is in `differences.ts`. */
import { isDeepStrictEqual } from 'node:util';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape, and each change handles its own part
type Json = any;

interface Resource {
  Type: string;
  Properties?: Json;
  DependsOn?: string[];
}

export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Json;
}

/**
 * @param endpoint  URL of the stand-in, without a path
 */
type Change = (template: Template, endpoint: string) => Template;

const CHANGES = {
  addresses,
  routeResponses,
  watchingAlone,
  expressionAlarms,
  corsNames,
  secretArns,
} satisfies Record<string, Change>;

export type TemplateChange = keyof typeof CHANGES;

/**
 * @returns a changed copy
 * @throws if a change does not apply: then it is obsolete or broken
 */
export function templateForStandIn(template: Template, endpoint: string, changes: Iterable<TemplateChange>): Template {
  let changed = template;
  for (const name of changes) {
    const before = changed;
    changed = CHANGES[name](before, endpoint);
    if (isDeepStrictEqual(changed, before)) throw new Error(`The template has nothing to change for "${name}".`);
  }
  return changed;
}

/**
 * `…://{api}.execute-api.{region}.{suffix}` becomes `…://{stand-in}/_aws/execute-api/{api}`. The pattern matches the parts of an
 * `Fn::Join`.
 */
function addresses(template: Template, endpoint: string): Template {
  const platformHost = /(\{"Ref":"\w+"\}),"\.execute-api\.",\{"Ref":"AWS::Region"\},"\.",\{"Ref":"AWS::URLSuffix"\}/g;
  return JSON.parse(JSON.stringify(template).replace(platformHost, `"${new URL(endpoint).host}/_aws/execute-api/",$1`));
}

function routeResponses(template: Template): Template {
  return withoutTypes(template, ['AWS::ApiGatewayV2::RouteResponse']);
}

function watchingAlone(template: Template): Template {
  return withoutTypes(template, ['AWS::Logs::QueryDefinition', 'AWS::Budgets::Budget']);
}

/** Removes resources of these types, and dependencies on them. */
function withoutTypes({ Resources, ...rest }: Template, types: readonly string[]): Template {
  const isLeftOut = (id: string) => types.includes(Resources[id]?.Type ?? '');
  const others = Object.entries(Resources).filter(([id]) => !isLeftOut(id));
  const withoutDependency = ({ DependsOn, ...resource }: Resource): Resource => ({
    ...resource,
    ...(DependsOn && { DependsOn: [DependsOn].flat().filter((id) => !isLeftOut(id)) }),
  });
  return {
    Resources: Object.fromEntries(others.map(([id, resource]) => [id, withoutDependency(resource)])),
    ...rest,
  };
}

/** The stand-in's alarms have no expressions: watch the expression's first metric, without what the expression subtracts. */
function expressionAlarms(template: Template): Template {
  return mapProperties(template, 'AWS::CloudWatch::Alarm', ({ Metrics, ...properties }) => {
    if (Metrics === undefined) return properties;
    const { Metric, Period, Stat } = Metrics.find(({ MetricStat }: Json) => MetricStat !== undefined).MetricStat;
    return { ...properties, ...Metric, Period, Statistic: Stat };
  });
}

/** `AllowOrigins` becomes `allowOrigins`, as in the service's API. */
function corsNames(template: Template): Template {
  return mapProperties(template, 'AWS::ApiGatewayV2::Api', ({ CorsConfiguration, ...properties }) => {
    if (CorsConfiguration === undefined) return properties;
    const entries = Object.entries(CorsConfiguration).map(([name, value]) => [
      name.replace(/^[A-Z]/, (letter) => letter.toLowerCase()),
      value,
    ]);
    return { ...properties, CorsConfiguration: Object.fromEntries(entries) };
  });
}

/** `Ref` of a secret becomes `Fn::GetAtt` of its `Id`. On AWS both are the ARN. */
function secretArns(template: Template): Template {
  const isSecret = (id: string) => template.Resources[id]?.Type === 'AWS::SecretsManager::Secret';
  return JSON.parse(JSON.stringify(template), (_, value) =>
    isSecret(value?.Ref) ? { 'Fn::GetAtt': [value.Ref, 'Id'] } : value,
  );
}

function mapProperties({ Resources, ...rest }: Template, type: string, change: (properties: Json) => Json): Template {
  const entries = Object.entries(Resources).map(([id, resource]) => [
    id,
    resource.Type === type ? { ...resource, Properties: change(resource.Properties) } : resource,
  ]);
  return { Resources: Object.fromEntries(entries), ...rest };
}
