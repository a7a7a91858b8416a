/**
 * Records every AWS call of a server on the wire: the calling function, the action, the resource, and the capacity that DynamoDB reports.
 * Functions are identified by the name in their user agent.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One call, in the terms of IAM. */
export interface AwsCall {
  /** The function, such as `websocket/connect`. */
  caller: string;
  /** Such as `dynamodb:PutItem`. */
  action: string;
  /** A table, a function, a secret; for `execute-api:ManageConnections` the method. */
  resource: string;
  /** Capacity units of DynamoDB, for reads or writes depending on the action; 0 for other services. */
  units: number;
  /** Bytes sent. */
  bytes: number;
}

export interface AwsRecorder {
  /** For the server's DYNAMODB_ENDPOINT. */
  dynamoUrl: string;
  /** Returns and clears what has been recorded. */
  take(): AwsCall[];
  stop(): Promise<void>;
}

/**
 * Records the calls that this process receives from an SDK: to @connections, Lambda and Secrets Manager, which a server on the wire
 * provides itself, and to EventBridge and Bedrock, which a test provides.
 * @returns stops it
 */
export function recordServed(record: (call: AwsCall) => void): () => void {
  function seen(message: unknown): void {
    const { request } = message as { request: IncomingMessage };
    if (!/aws-sdk-js/.test(String(request.headers['user-agent']))) return;
    copyBody(request, (body) => {
      const named = otherCall(request, body);
      if (named) record({ caller: callerOf(request.headers), ...named, units: 0, bytes: Buffer.byteLength(body) });
    });
  }
  subscribe('http.server.request.start', seen);
  return () => unsubscribe('http.server.request.start', seen);
}

/** @param dynamoUrl  the DynamoDB that calls are forwarded to */
export async function startAwsRecorder(dynamoUrl: string): Promise<AwsRecorder> {
  let calls: AwsCall[] = [];

  async function record(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await buffer(request)).toString());
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const asked = JSON.stringify({ ...body, ...(measurable(action) && { ReturnConsumedCapacity: 'TOTAL' }) });
    const { status, text } = await passOn(dynamoUrl, request.headers, asked);
    for (const resource of tablesOf(body)) {
      calls.push({
        caller: callerOf(request.headers),
        action: `dynamodb:${action}`,
        resource,
        units: unitsOf(JSON.parse(text)),
        bytes: Buffer.byteLength(JSON.stringify(body)),
      });
    }
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
  }

  const proxy = createServer((request, response) => {
    record(request, response).catch(() => response.destroy()); // as when DynamoDB itself can't be reached
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  const stopServed = recordServed((call) => calls.push(call));

  return {
    dynamoUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    take() {
      const taken = calls;
      calls = [];
      return taken;
    },
    async stop() {
      stopServed();
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

type Named = Pick<AwsCall, 'action' | 'resource'>;

/** The SDK has `app/NAME` in its user agent; `/` does not occur in these names. */
function callerOf(headers: IncomingHttpHeaders): string {
  const [, name = ''] = /\bapp\/(\S+)/.exec(String(headers['user-agent'])) ?? [];
  return name.replace('-', '/');
}

/** Copies a request's body as it arrives, without consuming it. */
function copyBody(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = [];
  const push = request.push.bind(request);
  request.push = (chunk, encoding) => {
    if (chunk === null) done(Buffer.concat(chunks).toString());
    else chunks.push(chunk);
    return push(chunk, encoding);
  };
}

function otherCall({ url = '', method = '', headers }: IncomingMessage, body: string): Named | undefined {
  if (url.includes('/@connections/')) return { action: 'execute-api:ManageConnections', resource: method };
  const [, functionName] = /\/functions\/([^/]+)\/invocations$/.exec(url) ?? [];
  if (functionName) return { action: 'lambda:InvokeFunction', resource: decodeURIComponent(functionName) };
  const [, model] = /\/model\/([^/]+)\/converse-stream$/.exec(url) ?? [];
  if (model) return { action: 'bedrock:InvokeModelWithResponseStream', resource: decodeURIComponent(model) };
  const target = String(headers['x-amz-target'] ?? '');
  if (target === 'AWSEvents.PutEvents') {
    return { action: 'events:PutEvents', resource: JSON.parse(body).Entries[0].EventBusName };
  }
  if (target.startsWith('secretsmanager.')) {
    return { action: target.replace('.', ':'), resource: JSON.parse(body).SecretId };
  }
  return undefined;
}

function tablesOf(body: { TableName?: string; IndexName?: string; RequestItems?: object }): string[] {
  if (body.TableName === undefined) return Object.keys(body.RequestItems ?? {});
  return [body.IndexName === undefined ? body.TableName : `${body.TableName}/index/${body.IndexName}`];
}

function measurable(action: string): boolean {
  return /^(Get|Put|Update|Delete|BatchWrite|BatchGet)Item$|^(Query|Scan)$/.test(action);
}

function unitsOf({ ConsumedCapacity: consumed = [] }: { ConsumedCapacity?: { CapacityUnits: number }[] }): number {
  return [consumed].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
}

/** On a new connection: the other side may just be closing a kept one. */
async function passOn(url: string, headers: IncomingHttpHeaders, body: string) {
  const names = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'];
  const passed = Object.fromEntries(names.map((name) => [name, headers[name]]));
  const sent = send(url, { method: 'POST', headers: passed, agent: false }).end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 500, text: (await buffer(answer)).toString() };
}
