/** Least privilege of the deployed functions: what their roles are granted, and which calls they made in a rehearsal. */
import { readFileSync } from 'node:fs';
import type { FunctionName } from '../../lambdas/routes';
import { idOf, optionsOf } from '../../lib/function-table';
import { isOthersTask, ownDeployed } from '../../test/support/own-functions';

/** A line of the stand-in's record. */
interface Line {
  kind: 'granted' | 'made' | 'refused';
  /** Name of the role, which contains the id of its function. */
  role: string;
  action: string;
  /** An ARN; in a grant a pattern. */
  resource: string;
}

/** Functions that the end-to-end suite does not start, with the reason. `test/e2e/least-privilege.ts` tries their grants. */
const NOT_STARTED: Partial<Record<FunctionName, string>> = {
  'websocket/end-session': 'the store has no outage',
  'replies/respond': "the tests' app answers in websocket/message",
  'replies/fail': "the tests' app answers in websocket/message",
};

/** Other grants that the suite does not use. The same file tries them. */
const NOT_USED: readonly { name: FunctionName; resource: RegExp; reason: string }[] = [
  { name: 'websocket/message', resource: /\/(GET|DELETE)\/@connections\//, reason: 'no client floods' },
  { name: 'broadcasts/segment', resource: /-broadcasts-segment:/, reason: 'no task runs out of time' },
];

/**
 * @param file  lines of JSON, as the stand-in writes them
 * @param isWhole  whether the whole suite has run
 * @returns refused calls, and if the whole suite has run, grants that nothing used
 */
export function faultsOfGrants(file: string, isWhole: boolean): string[] {
  const lines: Line[] = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  const refused = lines.filter(({ kind }) => kind === 'refused');
  const tried = ownDeployed.filter((name) => optionsOf(name).grants.length > 0 && !(name in NOT_STARTED));
  return [
    ...refused.map((line) => `Refused, because it is not granted: ${describe(line)}`),
    ...(isWhole ? tried.flatMap((name) => unusedGrants(lines, name)) : []),
  ];
}

function unusedGrants(lines: readonly Line[], name: FunctionName): string[] {
  const own = lines.filter(({ role }) => role.includes(`${idOf(name)}Role`));
  if (own.length === 0) return [`${name} has made no call.`];
  const made = own.filter(({ kind }) => kind === 'made');
  const granted = own.filter(({ kind, resource }) => kind === 'granted' && isExpected(name, resource));
  const unused = granted.filter((grant) => !made.some((call) => covers(grant, call)));
  return unused.map((line) => `Granted, but not used: ${describe(line)}`);
}

function isExpected(name: FunctionName, resource: string): boolean {
  const startsOther = Object.keys(NOT_STARTED).some((other) => resource.endsWith(`-${other.replace('/', '-')}:live`));
  return (
    !startsOther && !isOthersTask(resource) && !NOT_USED.some((one) => one.name === name && one.resource.test(resource))
  );
}

function covers(grant: Line, { action, resource }: Line): boolean {
  const pattern = grant.resource.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return grant.action === action && new RegExp(`^${pattern.join('.*')}$`).test(resource);
}

function describe({ role, action, resource }: Line): string {
  return `${role}: ${action} on ${resource}`;
}
