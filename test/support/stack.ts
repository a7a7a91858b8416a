/** The stack as a template with a test's settings, and its contents as text that a test can compare. */
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { context } from '../../cdk.json';
import { type FunctionName, functions } from '../../lambdas/routes';
import { readSettings } from '../../lib/read-settings';
import { SwitchboardStack } from '../../lib/switchboard-stack';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of every shape, and each test looks at its own part of it
export type Json = any;

export interface Resource {
  Type: string;
  Properties: Json;
  DependsOn?: string[];
  DeletionPolicy?: string;
  Metadata: Record<string, string>;
}

export interface Synthesized {
  app: App;
  stack: Stack;
  template: { Resources: Record<string, Resource>; Outputs: Json };
  outputs: Record<string, string>;
  /** All resources of a type, by the paths of their constructs. */
  all(type: string): Record<string, Resource>;
  /** The only resource of a type whose path is this, or begins with this. */
  one(type: string, path?: string): Resource;
  functionOf(name: FunctionName): Resource;
  /** An intrinsic function as text: `<Data/Clients.Arn>` for what CloudFormation inserts. */
  text(value: Json): string;
}

const FOR_TESTS = {
  'aws:cdk:bundling-stacks': [],
  'aws:cdk:enable-path-metadata': true, // as on the command line
  '@aws-cdk/core:annotationsInValidationReport': false, // which is printed
};

export interface SynthesisOptions {
  /** Whether CDK checks the template against its own rules, like `cdk synth`: four fifths of the time of a synthesis. */
  validated?: boolean;
}

/**
 * No code is bundled, because that is slow: one test does it for all.
 * @param settings  as on the command line
 */
export function synthesize(
  settings: Record<string, string> = {},
  { validated = false }: SynthesisOptions = {},
): Synthesized {
  const app = new App({
    context: { ...context, ...settings, ...FOR_TESTS },
    builtinCloudFormationValidation: validated,
    treeMetadata: false, // nothing here reads it, and it takes a sixth of the time
  });
  const stack = new SwitchboardStack(app, 'Switchboard', { settings: readSettings(app.node.getAllContext()) });
  const template = Template.fromStack(stack).toJSON() as Synthesized['template'];
  const resources = template.Resources;

  function all(type: string): Record<string, Resource> {
    const found = Object.entries(resources).filter(([, { Type }]) => Type === type);
    return Object.fromEntries(found.map(([id, resource]) => [pathOf(id), resource]));
  }

  function pathOf(id: string): string {
    const path = resources[id]?.Metadata?.['aws:cdk:path'];
    return path?.replace(/^Switchboard\//, '').replace(/\/Resource$/, '') ?? id;
  }

  function text(value: Json): string {
    if (value?.Ref) return `<${pathOf(value.Ref)}>`;
    if (value?.['Fn::GetAtt']) return `<${pathOf(value['Fn::GetAtt'][0])}.${value['Fn::GetAtt'][1]}>`;
    if (value?.['Fn::Join']) return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  function one(type: string, path = ''): Resource {
    const found = Object.entries(all(type)).filter(([known]) => known.startsWith(path));
    if (found.length !== 1) throw new Error(`${found.length} of ${type} at ${path}: ${found.map(([known]) => known)}`);
    return (found[0] as [string, Resource])[1];
  }

  return {
    app,
    stack,
    template,
    outputs: Object.fromEntries(
      Object.entries(template.Outputs as Json).map(([name, { Value }]: Json) => [name, text(Value)]),
    ),
    all,
    one,
    text,
    functionOf(name) {
      const found = Object.values(all('AWS::Lambda::Function')).find((lambda) => nameOf(lambda) === name);
      if (!found) throw new Error(`no function for ${name}`);
      return found;
    },
  };
}

/** The name of a function. */
export function nameOf({ Properties }: Resource): FunctionName {
  const found = (Object.keys(functions) as FunctionName[]).find(
    (name) => Properties.FunctionName === `Switchboard-${name.replace('/', '-')}`,
  );
  if (!found) throw new Error(`no function of ours: ${Properties.FunctionName}`);
  return found;
}
