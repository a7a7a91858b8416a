/** Facts about the server for HTTP calls, and the files of web pages. */
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

/** Start of this container; on Lambda there is no other. */
export function startedAt(): number {
  return systemClock.now();
}

export function accessControl({ environment }: FunctionContext): boolean {
  return variable(environment, 'AUTH') === 'token';
}

export function clientRate({ environment }: FunctionContext): number {
  return Number(variable(environment, 'CLIENT_RATE'));
}

/** Not set if pages of all origins may connect. */
export function clientOrigins({ environment }: FunctionContext): string[] {
  return environment.ORIGINS?.split(',') ?? ['*'];
}

/** Set if the deployment has presence. */
export function presenceGroups({ environment }: FunctionContext): string[] {
  return environment.PRESENCE_GROUPS?.split(',') ?? [];
}

export function webSocketUrl({ environment }: FunctionContext): () => string {
  const url = variable(environment, 'WEBSOCKET_URL');
  return () => url;
}

/** Uses the host name of the request: the platform's, or the team's own domain. */
export function httpUrl(): (call: AddressedCall) => string {
  return ({ headers, requestContext }) => `${headers['x-forwarded-proto'] ?? 'https'}://${requestContext.domainName}`;
}

/** The files are next to the bundle. */
export function readAsset({ environment }: FunctionContext): (source: string) => Promise<Buffer> {
  const folder = variable(environment, 'LAMBDA_TASK_ROOT');
  return (source) => readFile(join(folder, source));
}
