/**
 * Records every AWS call of a server that runs on the wire: which function made it, what it asked for, on what, and what
 * DynamoDB says that it cost. Functions are told apart by the name that each puts into its user agent.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One call, named as IAM names it. */
export interface AwsCall {
  /** The entry of the function, such as `websocket/connect`. */
  caller: string;
  /** Such as `dynamodb:PutItem`. */
  action: string;
  /** A table, a function, a secret; for `execute-api:ManageConnections` the method. */
  resource: string;
  /** Capacity units of DynamoDB, reads and writes by the action's nature; 0 for other services. */
  units: number;
  /** Bytes of what was sent. */
  bytes: number;
}

export interface AwsRecorder {
  /** To be given to the server as DYNAMODB_ENDPOINT. */
  dynamoUrl: string;
  /** Takes what was recorded since the last time. */
  take(): AwsCall[];
  stop(): Promise<void>;
}

/** @param dynamoUrl  the DynamoDB that calls are passed on to */
export async function startAwsRecorder(dynamoUrl: string): Promise<AwsRecorder> {
  let calls: AwsCall[] = [];

  const proxy = createServer(async (request, response) => {
    const body = JSON.parse((await buffer(request)).toString());
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const asked = JSON.stringify({ ...body, ...(measurable(action) && { ReturnConsumedCapacity: 'TOTAL' }) });
    const answer = await fetch(dynamoUrl, { method: 'POST', headers: forwarded(request.headers), body: asked });
    const text = await answer.text();
    for (const resource of tablesOf(body)) {
      calls.push({
        caller: callerOf(request.headers),
        action: `dynamodb:${action}`,
        resource,
        units: unitsOf(JSON.parse(text)),
        bytes: Buffer.byteLength(JSON.stringify(body)),
      });
    }
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  /** The other services are served by the process under test itself: here every request that comes in is seen. */
  function seen(message: unknown): void {
    const { request } = message as { request: IncomingMessage };
    const named = /aws-sdk-js/.test(String(request.headers['user-agent'])) ? otherCall(request) : undefined;
    const bytes = Number(request.headers['content-length'] ?? 0);
    if (named) calls.push({ caller: callerOf(request.headers), ...named, units: 0, bytes });
  }
  subscribe('http.server.request.start', seen);

  return {
    dynamoUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    take() {
      const taken = calls;
      calls = [];
      return taken;
    },
    async stop() {
      unsubscribe('http.server.request.start', seen);
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

/** The SDK has `app/NAME` in its user agent; names there have no `/`. */
function callerOf(headers: IncomingHttpHeaders): string {
  const [, name = ''] = /\bapp\/(\S+)/.exec(String(headers['user-agent'])) ?? [];
  return name.replace('-', '/');
}

function otherCall({
  url = '',
  method = '',
  headers,
}: IncomingMessage): Pick<AwsCall, 'action' | 'resource'> | undefined {
  if (url.includes('/@connections/')) return { action: 'execute-api:ManageConnections', resource: method };
  const [, functionName] = /\/functions\/([^/]+)\/invocations$/.exec(url) ?? [];
  if (functionName) return { action: 'lambda:InvokeFunction', resource: functionName };
  const target = String(headers['x-amz-target'] ?? '');
  if (target.startsWith('secretsmanager.')) return { action: target.replace('.', ':'), resource: 'secret' };
  return undefined;
}

function tablesOf(body: { TableName?: string; RequestItems?: object }): string[] {
  return body.TableName === undefined ? Object.keys(body.RequestItems ?? {}) : [body.TableName];
}

function measurable(action: string): boolean {
  return /^(Get|Put|Update|Delete|BatchWrite|BatchGet)Item$|^(Query|Scan)$/.test(action);
}

function unitsOf({ ConsumedCapacity: consumed = [] }: { ConsumedCapacity?: { CapacityUnits: number }[] }): number {
  return [consumed].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
}

function forwarded(headers: IncomingHttpHeaders): Record<string, string> {
  const names = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'];
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]));
}
