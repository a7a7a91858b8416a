/** The permissions of each function's role, as defined in the stack, and whether they include a recorded call. */
import { type FunctionName, tasks } from '../../lambdas/routes';
import type { AwsCall } from './aws-recorder';
import type { Json, Synthesized } from './stack';

export interface Grant {
  action: string;
  /** As text, with `<…>` for what CloudFormation inserts. */
  resource: string;
}

/** @param policy  `Calls` are those that the code makes, `Running` what Lambda itself needs */
export function grantsOf(stack: Synthesized, entry: FunctionName, policy: 'Running' | 'Calls' = 'Calls'): Grant[] {
  const { Properties: lambda } = stack.functionOf(entry);
  const roles = Object.entries(stack.all('AWS::IAM::Role'));
  const [, role] = roles.find(([path]) => stack.text(lambda.Role) === `<${path}.Arn>`) ?? [];
  const { PolicyDocument } = role?.Properties.Policies.find(({ PolicyName }: Json) => PolicyName === policy) ?? {};
  const allowed = (PolicyDocument?.Statement ?? []).filter(({ Effect }: Json) => Effect === 'Allow');
  return allowed.flatMap(({ Action, Resource }: Json) =>
    [Action]
      .flat()
      .flatMap((action: string) => [Resource].flat().map((one) => ({ action, resource: stack.text(one) }))),
  );
}

/** The stack's resources by the names that a server on the wire uses for them. */
const ON_THE_WIRE: Readonly<Record<string, RegExp>> = {
  'switchboard-clients': /^<Data\/Clients.*\.Arn>$/,
  'switchboard-clients/index/online': /^<Data\/Clients.*\.Arn>\/index\/online$/,
  'switchboard-clients/index/owned': /^<Data\/Clients.*\.Arn>\/index\/owned$/,
  'switchboard-messages': /^<Data\/Messages.*\.Arn>$/,
  'switchboard-messages/index/groups': /^<Data\/Messages.*\.Arn>\/index\/groups$/,
  ...Object.fromEntries(
    Object.values(tasks).map((name) => [name, new RegExp(`:function:\\S*-${name.replace('/', '-')}(:live)?$`)]),
  ),
  'api-key': /^<Keys\/ApiKey/,
  'signing-key': /^<Keys\/SigningKey/,
  GET: /\/GET\/@connections\/\*$/,
  POST: /\/POST\/@connections\/\*$/,
  DELETE: /\/DELETE\/@connections\/\*$/,
};

export function covers(grant: Grant, { action, resource }: AwsCall): boolean {
  if (grant.action !== action) return false;
  const known = ON_THE_WIRE[resource];
  return known ? known.test(grant.resource) : grant.resource === resource || grant.resource.endsWith(`/${resource}`);
}
