/** What the HTTP calls say about the server, and the files of the pages for people. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { version as packageVersion } from '../../../package.json';
import type { AddressedCall } from '../../ports/dependencies';
import { systemClock } from '../../ports/runtime';
import { variable } from '../environment';
import type { FunctionContext } from './function-context';

export function version(): string {
  return packageVersion;
}

/** Of this container: on Lambda there is no other start. */
export function startedAt(): number {
  return systemClock.now();
}

export function accessControl({ environment }: FunctionContext): boolean {
  return variable(environment, 'AUTH') === 'token';
}

export function clientRate({ environment }: FunctionContext): number {
  return Number(variable(environment, 'CLIENT_RATE'));
}

export function webSocketUrl({ environment }: FunctionContext): () => string {
  const url = variable(environment, 'WEBSOCKET_URL');
  return () => url;
}

/** The name of the platform, or the team's own domain: whichever the caller used. */
export function httpUrl(): (call: AddressedCall) => string {
  return ({ headers, requestContext }) => `${headers['x-forwarded-proto'] ?? 'https'}://${requestContext.domainName}`;
}

/** The bundle has the files beside it. */
export function readAsset({ environment }: FunctionContext): (source: string) => Promise<Buffer> {
  const folder = variable(environment, 'LAMBDA_TASK_ROOT');
  return (source) => readFile(join(folder, source));
}
