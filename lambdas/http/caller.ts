/** The caller of an HTTP call, as the authorizer reports it, and what its key may do. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { NamedKey } from '../access/named-keys';
import { type Audience, type ClientAudience, EVERYBODY } from '../ports/client-store';
import { Problem } from '../protocol/problems';
import { FIRST_KEY, SCOPES, type Scope } from '../protocol/scopes';

export interface Caller {
  /** Name of the key; undefined if access control is off. */
  name: string | undefined;
  scopes: readonly Scope[];
  /** Labels of a key that is bound to one owner's clients. */
  labels: readonly string[];
  /** Calls per second. */
  rate?: number;
}

/** With access control off, and for open calls: anyone. */
const ANYBODY: Caller = { name: undefined, scopes: ['admin'], labels: [] };

export const FIRST_CALLER: Caller = { name: FIRST_KEY, scopes: ['admin'], labels: [] };

/** As strings, because the platform passes only those. */
interface CallerContext {
  key: string;
  scopes: string;
  labels?: string;
  rate?: string;
}

export function contextOfCaller({ name = '', scopes, labels, rate }: Caller | NamedKey): Record<string, string> {
  return {
    key: name,
    scopes: scopes.join(','),
    ...(labels.length > 0 && { labels: encodeURI(labels.join(',')) }),
    ...(rate !== undefined && { rate: String(rate) }),
  } satisfies CallerContext;
}

/**
 * @param needsKey  whether the authorizer has identified the caller: access control is on, and the call is not open
 * @throws Error if the authorizer's context is missing or malformed: a fault of the deployment. No caller gets more rights by it.
 */
export function callerFromEvent(
  { requestContext }: Pick<APIGatewayProxyEventV2, 'requestContext'>,
  needsKey: boolean,
): Caller {
  if (!needsKey) return ANYBODY;
  const { authorizer } = (requestContext ?? {}) as { authorizer?: { lambda?: Record<string, unknown> | null } };
  const { key: name, scopes, labels, rate } = authorizer?.lambda ?? {};
  if (!isText(name)) throw new Error('the event has no caller: the route needs its authorizer');
  const named = isText(scopes) ? scopes.split(',') : [];
  if (named.length === 0 || !named.every(isScope)) throw malformed('scopes');
  if (labels !== undefined && !isText(labels)) throw malformed('labels');
  const perSecond = Number(rate);
  if (rate !== undefined && !(isText(rate) && perSecond > 0)) throw malformed('rate');
  return {
    name,
    scopes: named,
    labels: labels === undefined ? [] : decodeURI(labels).split(','),
    ...(rate !== undefined && { rate: perSecond }),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isScope(name: string): name is Scope {
  return (SCOPES as readonly string[]).includes(name);
}

function malformed(field: keyof CallerContext): Error {
  return new Error(`the authorizer's context is malformed: ${field}`);
}

/** @throws Problem `forbidden` */
export function assertScope({ scopes }: Caller, access: Scope | 'open'): void {
  if (access === 'open' || scopes.includes(access) || scopes.includes('admin')) return;
  throw forbidden(`This call needs a key with the scope ${access}; this key has ${scopes.join(', ')}.`);
}

export function forbidden(detail: string): Problem {
  return new Problem('forbidden', detail);
}

/** First label of the clients that the caller may see and reach; undefined for all clients. */
export function ownerOf({ labels }: Caller): string | undefined {
  return labels[0];
}

/** Prefix of an owner's groups, and of further labels of its clients; undefined if the caller may use all. */
export function ownPrefixOf(caller: Caller): string | undefined {
  const owner = ownerOf(caller);
  return owner === undefined ? undefined : `${owner}:`;
}

/** The groups among these that the caller may see. */
export function ownGroups(caller: Caller, groups: readonly string[]): string[] {
  const prefix = ownPrefixOf(caller) ?? '';
  return groups.filter((group) => group.startsWith(prefix));
}

/** Members of a group that the caller may see and reach. */
export function groupAudience(caller: Caller, group: string): Audience {
  const owner = ownerOf(caller);
  return { kind: 'group', group, ...(owner !== undefined && { owner }) };
}

/**
 * @throws Problem `forbidden` if a group name or prefix does not belong to the caller
 */
export function assertOwnGroups(caller: Caller, field: string, groups: readonly string[] | null | undefined): void {
  const prefix = ownPrefixOf(caller);
  if (!groups || ownGroups(caller, groups).length === groups.length) return;
  throw forbidden(`${field}: this key may only name groups that begin with "${prefix}".`);
}

/**
 * With another owner's label, a client would appear in that owner's webhooks, lists and counts.
 * @throws Problem `forbidden` if a label is not one of the key's and does not begin with its owner and a colon
 */
export function assertOwnLabels(caller: Caller, labels: readonly string[] | null | undefined): void {
  const prefix = ownPrefixOf(caller);
  if (prefix === undefined || !labels) return;
  if (labels.every((label) => caller.labels.includes(label) || label.startsWith(prefix))) return;
  throw forbidden(`labels: this key may only add labels that begin with "${prefix}".`);
}

/** The clients that the caller may see. */
export function audienceOf(caller: Caller): ClientAudience {
  const label = ownerOf(caller);
  return label === undefined ? EVERYBODY : { kind: 'owner', label };
}
