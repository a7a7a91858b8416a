/** New code and configuration are released atomically: callers call an alias, and a version contains both. */
import { type FunctionName, failures, functionNames, tasks } from '../../lambdas/routes';
import { idOf } from '../../lib/function-table';
import { isOthersTask, isOwn } from '../support/own-functions';
import { type Json, type Synthesized, synthesize } from '../support/stack';

let stack: Synthesized;

beforeAll(() => {
  stack = synthesize();
});

const aliasPath = (name: FunctionName) => `Functions/${idOf(name)}/Live`;

describe('a release', () => {
  it.each(functionNames)('of %s is a version, to which the alias `live` points', (name) => {
    const { Properties: alias } = stack.one('AWS::Lambda::Alias', aliasPath(name));
    expect(alias.Name).toBe('live');
    const [, version = ''] = /^<(.*)\.Version>$/.exec(stack.text(alias.FunctionVersion)) ?? [];
    const { Properties } = stack.one('AWS::Lambda::Version', version);
    expect(stack.text(Properties.FunctionName)).toBe(`<Functions/${idOf(name)}/Function>`);
  });

  it.each(functionNames)('of %s keeps its versions, so that an earlier one can be restored', (name) => {
    const { DeletionPolicy } = stack.one('AWS::Lambda::Version', `Functions/${idOf(name)}/`);
    expect(DeletionPolicy).toBe('Retain');
  });

  it('with another environment is a new version: configuration is only released with one', () => {
    const versionIds = ({ template }: Synthesized) =>
      Object.keys(template.Resources).filter((id) => template.Resources[id]?.Type === 'AWS::Lambda::Version');
    const changed = versionIds(synthesize({ log_level: 'debug' }));
    expect(changed).toHaveLength(functionNames.length);
    expect(changed.filter((id) => versionIds(stack).includes(id))).toEqual([]);
  });
});

describe('callers', () => {
  it('of each route call the alias', () => {
    const uris = Object.values(stack.all('AWS::ApiGatewayV2::Integration')).map(({ Properties }) =>
      stack.text(Properties.IntegrationUri),
    );
    expect(uris.length).toBeGreaterThan(5);
    for (const uri of uris) expect(uri).toMatch(/<Functions\/\w+\/Live>/);
  });

  it('of both authorizers call the alias', () => {
    const uris = Object.values(stack.all('AWS::ApiGatewayV2::Authorizer')).map(({ Properties }) =>
      stack.text(Properties.AuthorizerUri),
    );
    expect(uris).toHaveLength(2);
    for (const uri of uris) expect(uri).toMatch(/<Functions\/\w+Authorize\/Live>/);
  });

  it('are allowed to call the alias, and nothing unreleased', () => {
    const permissions = Object.values(stack.all('AWS::Lambda::Permission'));
    expect(permissions.length).toBeGreaterThan(5);
    for (const { Properties } of permissions) {
      expect(stack.text(Properties.FunctionName)).toMatch(/^<Functions\/\w+\/Live>$/);
    }
  });

  it('of each task call the alias by its name, and may call nothing else', () => {
    const variables = functionNames.flatMap((name) =>
      Object.entries<Json>(stack.functionOf(name).Properties.Environment.Variables),
    );
    const started = variables.filter(([name]) => name.endsWith('_FUNCTION')).map(([, value]) => value);
    expect(new Set(started.filter((name) => !isOthersTask(name)))).toEqual(
      new Set(
        Object.values(tasks)
          .filter(isOwn)
          .map((name) => `Switchboard-${name.replace('/', '-')}:live`),
      ),
    );
    const invoked = Object.values(stack.all('AWS::IAM::Role'))
      .flatMap(({ Properties }) => Properties.Policies ?? [])
      .flatMap(({ PolicyDocument }: Json) => PolicyDocument.Statement)
      .filter(({ Action }: Json) => [Action].flat().includes('lambda:InvokeFunction'))
      .flatMap(({ Resource }: Json) => [Resource].flat().map(stack.text));
    expect(invoked.length).toBeGreaterThan(3);
    for (const arn of invoked)
      expect(arn).toMatch(/:function:Switchboard-[\w-]+:live$|^<Functions\/RepliesFail\/Live>$/);
  });

  it('of a task have its retries and dead-letter queue on the alias, where they take effect', () => {
    const configured = Object.values(stack.all('AWS::Lambda::EventInvokeConfig')).map(({ Properties }) => [
      stack.text(Properties.FunctionName),
      stack.text(Properties.Qualifier),
    ]);
    const background = [...Object.values(tasks), ...Object.values(failures)];
    expect(configured).toHaveLength(background.length);
    for (const name of background) {
      const [[, qualifier] = []] = configured.filter(([path]) => path?.includes(`/${idOf(name)}/`));
      expect(qualifier).toMatch(/live|Live/);
    }
  });
});
