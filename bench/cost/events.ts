/**
 * What one event of each kind costs on AWS, observed on a real server: the calls of each function with the units that DynamoDB reports, and
 * the messages through the gateway with their sizes.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { FORGET_SHARE } from '../../lambdas/aws/dynamodb-clients';
import { type AwsCall, startAwsRecorder } from '../../test/support/aws-recorder';
import { startDynalite } from '../../test/support/dynamodb';
import { call, type HttpResponse } from '../../test/support/http';
import { createKeysFile } from '../../test/support/keys-file';
import { type LogEntry, startTestServer } from '../../test/support/local-server';

export const EVENTS = [
  'token',
  'connect and disconnect',
  'ping',
  'chat_message',
  'tool_call',
  'send_message',
  'call_tool and its result',
] as const;
export type EventName = (typeof EVENTS)[number];

/** What was observed for one event. */
export interface SeenEvent {
  /** Sizes in bytes of each message between gateway and client, in both directions. */
  messages: number[];
  /** Bytes sent to the internet. */
  egress: number;
  /** Requests to the HTTP API. */
  httpRequests: number;
  /** What the functions logged at `info`, the stack's level. */
  lines: LogEntry[];
  /** Names of the invoked functions. */
  invocations: string[];
  calls: AwsCall[];
  /** Milliseconds that `http/calls` waits for the client, in addition to its calls. */
  waited?: number;
}

/** How long the client takes for a called tool, in milliseconds. */
const TOOL_MILLISECONDS = 300;

/** A typical chat text: 80 characters. */
const CONTENT = 'Could you tell me when the next train to the airport leaves, and from which one?';

/**
 * Functions whose update adds a client to the index of online clients, or removes it: DynamoDB charges a write unit for the index, which
 * dynalite does not count.
 */
const INDEX_WRITERS: ReadonlySet<string> = new Set(['websocket/connect', 'websocket/disconnect']);

/** Adds units that the recording does not show: writes to the index, and the second write of the rate, made by one message in 16. */
function withAllUnits(call: AwsCall): AwsCall {
  if (call.action !== 'dynamodb:UpdateItem') return call;
  const isCount = call.caller === 'websocket/message' && call.resource === 'switchboard-clients';
  const more = (INDEX_WRITERS.has(call.caller) ? 1 : 0) + (isCount ? FORGET_SHARE : 0);
  return { ...call, units: call.units + more };
}

/** Of a frame of 126 to 65,535 bytes from a server. */
const FRAME_HEADER_BYTES = 4;

/** The header that API Gateway adds to an answer, and one that only a server on one machine sends. */
const PLATFORM_HEADER = 'apigw-requestid: JKJaXmPLvHcESHA=';
const LOCAL_HEADER = 'keep-alive';

/** Bytes of an answer of the HTTP API. */
function bytesOf({ status, headers, text }: HttpResponse): number {
  const lines = [...headers].filter(([name]) => name !== LOCAL_HEADER).map(([name, value]) => `${name}: ${value}`);
  return Buffer.byteLength([`HTTP/1.1 ${status} OK`, ...lines, PLATFORM_HEADER, '', text].join('\r\n'));
}

/** A token, on a server with access control: both functions cache the keys, so neither makes a call. */
async function seeToken(): Promise<SeenEvent> {
  const keys = createKeysFile();
  const server = await startTestServer({ AUTH: 'token', KEYS_FILE: keys.path });
  try {
    const headers = { authorization: `Bearer ${keys.read().api_key.current}` };
    server.log.length = 0;
    const answer = await call('POST', `${server.httpUrl}/tokens`, {}, headers);
    if (answer.status >= 300) throw new Error(`POST /tokens answered ${answer.status}`);
    return {
      messages: [],
      egress: bytesOf(answer),
      httpRequests: 1,
      lines: server.log.filter(({ level }) => level !== 'debug'),
      invocations: ['http/authorize', 'http/tokens'],
      calls: [],
    };
  } finally {
    await server.stop();
    keys.remove();
  }
}

export async function seeEvents(): Promise<Record<EventName, SeenEvent>> {
  const dynamo = await startDynalite();
  const recorder = await startAwsRecorder(dynamo.url);
  const server = await startTestServer({ DYNAMODB_ENDPOINT: recorder.dynamoUrl, CLIENT_RATE: '0' }, { wire: true });
  const messages: number[] = [];
  let egress = 0;
  let httpRequests = 0;
  let frames = 0;
  let frameArrived = () => {};

  async function connect(): Promise<WebSocket> {
    const before = frames;
    const socket = new WebSocket(server.webSocketUrl);
    socket.on('message', (data: Buffer) => {
      messages.push(data.length);
      egress += data.length + FRAME_HEADER_BYTES;
      frames += 1;
      frameArrived();
    });
    await framesAfter(before, 1);
    return socket;
  }

  async function framesAfter(before: number, count: number): Promise<void> {
    while (frames < before + count) {
      await new Promise<void>((resolve) => {
        frameArrived = resolve;
      });
    }
  }

  /** Runs one event, and returns everything that it caused, once nothing more happens. */
  async function see(functions: string[], run: () => Promise<unknown>): Promise<SeenEvent> {
    messages.length = 0;
    egress = 0;
    httpRequests = 0;
    server.log.length = 0;
    recorder.take();
    await run();
    const calls: AwsCall[] = [];
    for (let quiet = 0; quiet < 3; quiet++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const more = recorder.take();
      if (more.length > 0) quiet = 0;
      calls.push(...more);
    }
    const lines = server.log.filter(({ level }) => level !== 'debug');
    const made = { invocations: functions, calls: calls.map(withAllUnits), lines };
    return { messages: [...messages], egress, httpRequests, ...made };
  }

  async function post(path: string, body: object, headers?: Record<string, string>): Promise<void> {
    const answer = await call('POST', server.httpUrl + path, body, headers);
    if (answer.status !== 200) throw new Error(`POST ${path} answered ${answer.status}`);
    httpRequests += 1;
    egress += bytesOf(answer);
  }

  function send(socket: WebSocket, message: object): void {
    const text = JSON.stringify({ message_id: '5f0c7a52-0c3e-4d4e-9c1a-2f2b1f9f7a10', ...message });
    messages.push(Buffer.byteLength(text));
    socket.send(text);
  }

  async function ask(socket: WebSocket, message: object, answers: number): Promise<void> {
    const before = frames;
    send(socket, message);
    await framesAfter(before, answers);
  }

  try {
    const connected = await see(
      ['websocket/authorize', 'websocket/connect', 'websocket/welcome', 'websocket/disconnect'],
      async () => {
        const socket = await connect();
        socket.close();
        await once(socket, 'close');
      },
    );
    const socket = await connect();
    const ping = await see(['websocket/message'], () => ask(socket, { type: 'ping' }, 1));
    const chat = await see(['websocket/message'], () =>
      ask(socket, { type: 'chat_message', data: { content: CONTENT } }, 2),
    );
    const tool = await see(['websocket/message'], () =>
      ask(socket, { type: 'tool_call', data: { tool_name: 'add', params: { a: 2, b: 3 } } }, 1),
    );
    const [client] = (await call('GET', `${server.httpUrl}/clients`)).body.clients;
    const push = await see(['http/push'], async () => {
      const before = frames;
      await post('/send_message', { client_id: client.client_id, content: CONTENT });
      await framesAfter(before, 1);
    });
    const called = await see(['http/calls', 'websocket/message'], async () => {
      socket.once('message', (data: Buffer) => {
        const { call_id } = JSON.parse(data.toString()).data;
        const answer = { type: 'tool_response', data: { call_id, result: { opened: true } } };
        setTimeout(() => send(socket, answer), TOOL_MILLISECONDS);
      });
      const body = { client_id: client.client_id, tool_name: 'open_page', params: { page: 7 } };
      await post('/call_tool', body, { prefer: 'wait=20' });
      await framesAfter(frames - 1, 1);
    });
    socket.terminate();
    return {
      token: await seeToken(),
      'connect and disconnect': connected,
      ping,
      chat_message: chat,
      tool_call: tool,
      send_message: push,
      'call_tool and its result': { ...called, waited: TOOL_MILLISECONDS },
    };
  } finally {
    await server.stop();
    await recorder.stop();
    await dynamo.stop();
  }
}
