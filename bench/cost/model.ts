/** Dollars for the AWS usage of an event: ours, the minimum, and the naive design. */

import { optionsOf } from '../../lib/function-table';
import type { AwsCall } from '../../test/support/aws-recorder';
import { MESSAGE_METER_BYTES, PRICES } from '../prices';
import type { SeenEvent } from './events';

export interface Cost {
  /** At the first price tier, including traffic to the internet. */
  gateway: number;
  lambda: number;
  dynamo: number;
}

export function totalOf({ gateway, lambda, dynamo }: Cost): number {
  return gateway + lambda + dynamo;
}

/**
 * Milliseconds that a function waits for each kind of call, and that it works itself: round figures for one region, not measured here. All
 * calls are added up as if none ran in parallel, so the sum exceeds what is billed.
 */
const MILLISECONDS = { dynamodb: 5, 'execute-api': 15, lambda: 15, secretsmanager: 0, own: 3 } as const;

/** Memory of a function, as configured in the stack. */
export interface ModelOptions {
  memoryMegabytes: number;
}

/** Of the function that answers messages. */
export const OPTIONS: ModelOptions = { memoryMegabytes: optionsOf('websocket/message').memory };

function serviceOf({ action }: AwsCall): Exclude<keyof typeof MILLISECONDS, 'own'> {
  return action.split(':')[0] as 'dynamodb';
}

/** Messages as API Gateway counts them. */
export function meteredMessages({ messages }: SeenEvent): number {
  return messages.reduce((sum, bytes) => sum + Math.max(1, Math.ceil(bytes / MESSAGE_METER_BYTES)), 0);
}

function gatewayCost(seen: SeenEvent): number {
  const requests = meteredMessages(seen) * PRICES.webSocketMessage + seen.httpRequests * PRICES.httpRequest;
  return requests + (seen.egress / 1e9) * PRICES.egressGigabyte;
}

function lambdaCost(invocations: number, calls: AwsCall[], { memoryMegabytes }: ModelOptions): number {
  const waited = calls.reduce((sum, call) => sum + MILLISECONDS[serviceOf(call)], 0);
  const seconds = (invocations * MILLISECONDS.own + waited) / 1_000;
  return invocations * PRICES.lambdaRequest + seconds * (memoryMegabytes / 1_024) * PRICES.lambdaGigabyteSecond;
}

/** The cost of waiting for a client, in the function that does nothing else. */
function waitCost({ waited = 0 }: SeenEvent): number {
  return (waited / 1_000) * (optionsOf('http/calls').memory / 1_024) * PRICES.lambdaGigabyteSecond;
}

function dynamoCost(calls: AwsCall[]): number {
  return calls.reduce((sum, { action, units }) => sum + units * priceOfUnit(action), 0);
}

function priceOfUnit(action: string): number {
  return /:(Get|BatchGet|Query|Scan)/.test(action) ? PRICES.dynamoReadUnit : PRICES.dynamoWriteUnit;
}

export function ourCost({ calls, invocations, ...seen }: SeenEvent, options: ModelOptions): Cost {
  return {
    gateway: gatewayCost({ calls, invocations, ...seen }),
    lambda: lambdaCost(invocations.length, calls, options) + waitCost({ calls, invocations, ...seen }),
    dynamo: dynamoCost(calls),
  };
}

/** Dollars per entry of the audit log: one more write unit in a call that runs anyway (`test/e2e/call-budget.test.ts`). */
export function auditCost(options: ModelOptions): number {
  const write = {
    caller: 'http/push',
    action: 'dynamodb:BatchWriteItem',
    resource: 'switchboard-messages',
    units: 1,
    bytes: 0,
  };
  return lambdaCost(0, [write], options) + dynamoCost([write]);
}

/** The minimum that the wire contract costs: the same messages, with functions that only post what must be posted. */
export function floorCost(seen: SeenEvent, options: ModelOptions): Cost {
  const posts = seen.calls.filter(({ action }) => action === 'execute-api:ManageConnections');
  const needed = seen.invocations.filter((name) => name !== 'websocket/authorize');
  return { gateway: gatewayCost(seen), lambda: lambdaCost(needed.length, posts, options) + waitCost(seen), dynamo: 0 };
}

/**
 * The naive design: a scan of the sessions finds the sender of a message, every reply is posted, each message of the history is an item of
 * its own, and `connect` writes and reads back.
 * @param sessions  in the table
 */
export function scanCost(seen: SeenEvent, sessions: number, options: ModelOptions): Cost {
  const scan: AwsCall = { caller: '', action: 'dynamodb:Scan', resource: '', bytes: 0, units: scanUnits(sessions) };
  const isItem = ({ action }: AwsCall) => action === 'dynamodb:PutItem';
  const isMessage = seen.invocations.includes('websocket/message');
  // Our item of an answered message also contains the answer: here that is a second item.
  const answers = isMessage && seen.httpRequests === 0 ? seen.calls.filter(isItem) : [];
  const replies = isMessage ? [{ ...scan, action: 'execute-api:ManageConnections', units: 0 }] : [];
  // Finds the client of a push: a scan here.
  const isLookup = ({ caller, action }: AwsCall) => caller.startsWith('http/') && action === 'dynamodb:UpdateItem';
  const scans = seen.invocations.some((name) => !WITHOUT_CLIENT.has(name)) ? [scan] : [];
  const calls = [...seen.calls.filter((call) => !isLookup(call)), ...answers, ...replies, ...scans];
  return {
    gateway: gatewayCost(seen),
    lambda: lambdaCost(seen.invocations.length, calls, options) + waitCost(seen),
    dynamo: dynamoCost(calls),
  };
}

/** Functions that look for no client. */
const WITHOUT_CLIENT: ReadonlySet<string> = new Set(['http/authorize', 'http/tokens']);

/** Size of a session's item in bytes: 36 + 16 for ids, two times of 24, and the names of six attributes. */
const SESSION_BYTES = 190;

/** A scan reads everything, 4 KB per unit; eventually consistent reads cost half a unit. */
function scanUnits(sessions: number): number {
  return Math.max(0.5, Math.ceil((sessions * SESSION_BYTES) / 4_096) / 2);
}
