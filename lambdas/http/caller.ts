/** The caller of an HTTP call, as the authorizer reports it, and what its key may do. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { NamedKey } from '../access/named-keys';
import { type Audience, type ClientAudience, EVERYBODY } from '../ports/client-store';
import { Problem } from '../protocol/problems';
import { FIRST_KEY, type Scope } from '../protocol/scopes';

export interface Caller {
  /** Name of the key; undefined if access control is off. */
  name: string | undefined;
  scopes: readonly Scope[];
  /** Labels of a key that is bound to one owner's clients. */
  labels: readonly string[];
  /** Calls per second. */
  rate?: number;
}

/** With access control off, anyone may do everything. */
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

export function callerFromEvent({ requestContext }: Pick<APIGatewayProxyEventV2, 'requestContext'>): Caller {
  const { authorizer } = (requestContext ?? {}) as { authorizer?: { lambda?: CallerContext | null } };
  const context = authorizer?.lambda;
  if (!context) return ANYBODY;
  const { key, scopes, labels, rate } = context;
  return {
    name: key,
    scopes: scopes.split(',') as Scope[],
    labels: labels === undefined ? [] : decodeURI(labels).split(','),
    ...(rate !== undefined && { rate: Number(rate) }),
  };
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
