/** docs/protocol.md describes what the server does: its examples are played against a server, its tables checked against the schemas. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REMEMBERED_NUMBERS } from '../../lambdas/ports/client-store';
import { MAX_GROUPS } from '../../lambdas/ports/group-store';
import type { Responder } from '../../lambdas/ports/responder';
import { asyncApiDocument } from '../../lambdas/protocol/asyncapi';
import { clientMessages } from '../../lambdas/protocol/client-messages';
import { ERROR_CODES } from '../../lambdas/protocol/errors';
import type { JsonObject } from '../../lambdas/protocol/json';
import * as limits from '../../lambdas/protocol/limits';
import { openApiDocument } from '../../lambdas/protocol/openapi';
import { serverMessages } from '../../lambdas/protocol/server-schemas';
import { SUBPROTOCOL } from '../../lambdas/protocol/subprotocol';
import { MAX_FRAGMENTS } from '../../local/gateway/handshake';
import { target } from '../support/document-schemas';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { blocksOf, codeIn } from '../support/markdown';
import {
  CLIENT_PLATFORM_LIMITS,
  type Conversation,
  codeInFirstColumn,
  numbersInFirstColumn,
  page,
  pageBlocks,
  pageConversations,
  pageTable,
  type Step,
} from '../support/protocol-page';
import { ROOT } from '../support/readme';
import { testApp } from '../support/test-app';
import { type ReceivedFrame, TestClient } from '../support/test-client';

const conversations = pageConversations();
const steps = conversations.flatMap((conversation) => conversation.steps);
const sent = steps.filter(({ from }) => from === 'client').map(({ json }) => JSON.parse(json));
const received = steps.filter(({ from }) => from === 'server').map(({ json }) => JSON.parse(json) as ReceivedFrame);

const clientSchemas = new Map(Object.entries(clientMessages));
const serverSchemas = new Map(Object.entries(serverMessages));
const { broadcast, ...named } = serverMessages;

/** Types that only the server's own messages have; a message of any other type is a broadcast. */
const namedTypes = Object.keys(named);

const asyncApi = asyncApiDocument({
  version: '0.0.0',
  webSocketUrl: 'ws://localhost',
  accessControl: true,
  messages: clientMessages,
});

interface Properties {
  [name: string]: object;
}

/** The fields of a message, as described by the server itself. */
function propertiesOf(message: string): Properties {
  const described = asyncApi.components.messages[message];
  if (!described) throw new Error(`there is no message ${message}`);
  return propertiesAt(described.payload as object);
}

function propertiesAt(reference: object | undefined): Properties {
  const { $ref } = reference as { $ref: string };
  return (target(asyncApi, $ref) as { properties: Properties }).properties;
}

const UUID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/;

/** The epoch in the page's examples. */
const EPOCH = '0mx070nozgam7';

/** The call in the page's examples. */
const CALL_ID = /0mx070nozgam7-1-\w+/g;

/** Ids and times differ in each run, but keep their format. */
function normalized(json: string): string {
  return JSON.stringify(JSON.parse(json), (key, value) => {
    if (key === 'seq') return 'a number'; // the conversations are also played one after the other
    if (typeof value !== 'string') return value;
    if (/^[\da-z]{13}$/.test(value)) return 'a position';
    if (key === 'call_id') return 'a call';
    if (key === 'resume_token') return 'a token';
    if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value)) return 'a UUID';
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) ? 'a time' : value;
  });
}

describe('an example', () => {
  it.each(sent)('of what a client sends, $type, is valid unless the page shows an error for it', (message) => {
    const answers = received.filter(({ reply_to }) => reply_to === message.message_id);
    const { success } = clientSchemas.get(message.type)?.safeParse(message) ?? { success: false };
    expect(success).toBe(!answers.some(({ type }) => type === 'error'));
  });

  it.each(received)(
    'of what the server sends, $type $message_id, has the fields of its schema and no others',
    (frame) => {
      expect((serverSchemas.get(frame.type) ?? broadcast).parse(frame)).toEqual(frame);
    },
  );

  it('exists for each message type', () => {
    expect([...new Set(sent.map(({ type }) => type))].sort()).toEqual(Object.keys(clientMessages).sort());
    const types = received.map(({ type }) => (namedTypes.includes(type) ? type : 'broadcast'));
    expect([...new Set(types)].sort()).toEqual(Object.keys(serverMessages).sort());
  });
});

describe('on a real server', () => {
  let server: TestServer;

  /** The echo, in two pieces for a client that asks for pieces, and a story without an end. */
  const responder: Responder = {
    model: 'echo',
    async *respond({ content }, { clock, signal }) {
      if (content === 'Tell me a story') {
        yield 'Once upon a time';
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return;
      }
      yield 'Echo: ';
      await clock.sleep(200); // at least longer than the interval between two pieces
      yield content;
    },
  };

  beforeAll(async () => {
    server = await startTestServer({ PRESENCE_GROUPS: 'room:*' }, { app: { ...testApp, responder } });
  });

  afterAll(() => server.stop());

  /** Of the last `tool_call` that the server pushed. */
  let callId = '';

  async function act(client: TestClient, clientId: string, { from, call: httpCall = '', json }: Step): Promise<void> {
    if (from === 'client') return client.sendText(json.replaceAll(CALL_ID, callId).replaceAll(EPOCH, client.epoch));
    if (from === 'server') {
      const frame = await client.next();
      callId = frame.data.call_id ?? callId;
      return expect(normalized(JSON.stringify(frame))).toBe(normalized(json));
    }
    const [method = '', path = ''] = httpCall.replace(CALL_ID, callId).replace(UUID, clientId).split(' ');
    const body: JsonObject | undefined = json === '' ? undefined : JSON.parse(json);
    if (body && 'client_id' in body) body.client_id = clientId;
    const { status } = await call(method, `${server.httpUrl}${path}`, body);
    expect(status).toBe(body ? 200 : path.startsWith('/calls/') ? 202 : 204);
  }

  /** Plays it, and fails if the server sends more than is shown. */
  async function play(client: TestClient, conversation: Conversation): Promise<void> {
    for (const step of conversation.steps) await act(client, client.clientId, step);
    if (isFarewell(conversation)) return expect(await client.closed).toMatchObject({ code: 1000 });
    expect(await client.ask({ type: 'ping', message_id: 'the end' })).toMatchObject({ reply_to: 'the end' });
  }

  const isGreeting = ({ steps: [first] }: Conversation) =>
    first?.from === 'server' && JSON.parse(first.json).type === 'connection_established';

  const isResume = ({ steps }: Conversation) => steps.some(({ json }) => json.includes('"type": "resume"'));

  const isFarewell = (conversation: Conversation) =>
    conversation.steps.at(-1)?.json.includes('"type": "connection_closing"') === true;

  it.each(conversations)('$place: the answers are those shown', async (conversation) => {
    const client = isGreeting(conversation)
      ? await TestClient.open(server.webSocketUrl)
      : await TestClient.connect(server.webSocketUrl);
    await play(client, conversation);
    await client.close();
  });

  it('the history has the messages in the table, and no others', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    for (const conversation of conversations) {
      if (!isGreeting(conversation) && !isFarewell(conversation) && !isResume(conversation))
        await play(client, conversation);
    }
    const { body } = await call('GET', `${server.httpUrl}/clients/${client.clientId}/messages?limit=1000`);
    await client.close();
    const kept = body.messages.map(({ direction, type }: { direction: 'in' | 'out'; type: string }) => {
      const isNamed = namedTypes.includes(type);
      return `${direction === 'in' ? 'client' : 'server'}: ${isNamed ? `\`${type}\`` : 'any other'}`;
    });
    const table = pageTable('Type', 'From').filter((row) => row.at(-1) === 'yes');
    expect([...new Set(kept)].sort()).toEqual([...new Set(table.map(([type, from]) => `${from}: ${type}`))].sort());
  });
});

describe('the tables', () => {
  it('have each message type in both directions', () => {
    const from = (side: string) => pageTable('Type', 'From').filter(([, sender]) => sender === side);
    expect(codeInFirstColumn(from('client')).sort()).toEqual(Object.keys(clientMessages).sort());
    expect(codeInFirstColumn(from('server')).sort()).toEqual(namedTypes.sort());
    expect(from('server').filter(([type]) => type === 'any other')).toHaveLength(1);
  });

  it('have each field of the envelope', () => {
    const [client, server] = [Object.keys(clientMessages), namedTypes];
    const fields = new Set([
      ...client.flatMap((type) => Object.keys(propertiesOf(`client_${type}`))),
      ...[...server, 'broadcast'].flatMap((type) => Object.keys(propertiesOf(`server_${type}`))),
    ]);
    expect(codeInFirstColumn(pageTable('Field', 'You send')).sort()).toEqual([...fields].sort());
  });

  it('have each field of the greeting', () => {
    const { data } = propertiesOf('server_connection_established');
    expect(codeInFirstColumn(pageTable('Field of `data`'))).toEqual(Object.keys(propertiesAt(data)));
  });

  it('have each error code', () => {
    expect(codeInFirstColumn(pageTable('Code', 'Meaning'))).toEqual([...ERROR_CODES]);
  });

  it('have each limit that a client can reach', () => {
    const rows = pageTable('What', 'Limit').map(([what, limit]) => [what, limit]);
    expect(rows).toEqual([
      ['a message, in both directions', `${grouped(limits.MAX_MESSAGE_BYTES)} bytes of UTF-8`],
      ['one WebSocket frame that you send, on AWS', `${grouped(CLIENT_PLATFORM_LIMITS.frameBytes)} bytes`],
      ['frames of one message, with `npm start`', grouped(MAX_FRAGMENTS)],
      ['`message_id`', `${limits.MAX_MESSAGE_ID_LENGTH} characters`],
      ['`tool_name`', `${limits.MAX_NAME_LENGTH} characters`],
      ['`sender`', `${limits.MAX_SENDER_LENGTH} characters`],
      ['`message` of `tool_progress`', `${limits.MAX_PROGRESS_MESSAGE_LENGTH} characters`],
      ['tools that you register', `${limits.MAX_CLIENT_TOOLS}`],
      ['the description of such a tool', `${grouped(limits.MAX_CLIENT_TOOL_DESCRIPTION_LENGTH)} characters`],
      ['all of them together, as JSON', `${grouped(limits.MAX_CLIENT_TOOLS_CHARACTERS)} characters`],
      ['groups that you are in', `${MAX_GROUPS}`],
      ['members in a `presence_snapshot`', `${limits.MAX_PRESENCE_PAGE}`],
      ['time between two `presence_changed` of a group', `${limits.PRESENCE_INTERVAL_MS / 1_000} seconds`],
      ['messages of a `sender` without an answer', `${REMEMBERED_NUMBERS}`],
      ['objects and arrays inside each other', `${limits.MAX_NESTING} levels`],
      ['messages of one client', 'a rate that the team sets'],
      ['time for an answer', `${limits.HANDLER_TIMEOUT_MS / 1_000} seconds`],
      ['silence of the client', `${CLIENT_PLATFORM_LIMITS.idleSeconds} seconds`],
      ['life of a connection', `${grouped(CLIENT_PLATFORM_LIMITS.lifetimeSeconds)} seconds`],
    ]);
  });

  it('leave out only limits that no client can reach, or that the page mentions elsewhere', () => {
    const inTable = [
      'MAX_MESSAGE_BYTES',
      'MAX_MESSAGE_ID_LENGTH',
      'MAX_NAME_LENGTH',
      'MAX_NESTING',
      'MAX_PRESENCE_PAGE',
      'PRESENCE_INTERVAL_MS',
      'MAX_SENDER_LENGTH',
    ];
    const elsewhereOnThePage = [
      'PROTOCOL_VERSION',
      'HISTORY_TTL_SECONDS',
      'HANDLER_TIMEOUT_MS',
      'PLATFORM_FRAME_BYTES',
      'ANSWER_KEEPS_POSITION_MS',
      'CONNECTION_LIFETIME_SECONDS',
    ];
    const ofCalls = ['MAX_CALL_SECONDS', 'MAX_PROGRESS_MESSAGE_LENGTH', 'MAX_CLIENT_TOOLS'];
    const ofTools = [
      'MAX_CLIENT_TOOL_NAME_LENGTH',
      'MAX_CLIENT_TOOL_DESCRIPTION_LENGTH',
      'MAX_CLIENT_TOOLS_CHARACTERS',
    ];
    const ofResuming = ['MAX_RESUMED_BYTES', 'HANDLER_LEASE_MS'];
    const inTheGreeting = ['PLATFORM_HEARTBEAT_SECONDS', 'LOCAL_HEARTBEAT_SECONDS'];
    const ofTheHttpApi = [
      ...['MAX_BODY_BYTES', 'MAX_SMALL_BODY_BYTES'],
      ...['MAX_HOLD_SECONDS', 'MAX_IDEMPOTENCY_KEY_LENGTH', 'MAX_WAIT_SECONDS', 'MAX_PUSHED_CLIENTS'],
      ...['MAX_PAGE_SIZE', 'DEFAULT_GROUP_PAGE_SIZE', 'DEFAULT_HISTORY_PAGE_SIZE', 'MAX_HISTORY_PAGE_BYTES'],
    ];
    const ofTokens = ['DEFAULT_TOKEN_TTL_SECONDS', 'MIN_TOKEN_TTL_SECONDS', 'MAX_TOKEN_TTL_SECONDS'];
    const ofIdentity = [
      'MAX_LABELS',
      'MAX_LABEL_LENGTH',
      'MAX_COUNTED_NAMES',
      ...['MAX_KEY_NAME_LENGTH', 'MAX_CALL_RATE', 'MAX_KEY_TTL_SECONDS', 'MAX_OVERLAP_SECONDS'],
      'MAX_TOKEN_GROUPS',
      'MAX_JOINABLE_GROUPS',
      'MIN_MESSAGE_RATE',
      'MAX_MESSAGE_RATE',
    ];
    const ofTheStores = ['MAX_KEPT_BYTES', 'SESSION_TTL_SECONDS'];
    const others = [inTheGreeting, ofTheHttpApi, ofTokens, ofIdentity, ofTheStores, ofResuming, ofCalls, ofTools];
    const known = [inTable, elsewhereOnThePage, ...others].flat();
    expect(Object.keys(limits).sort()).toEqual(known.sort());
    expect(page).toContain(`for ${limits.HISTORY_TTL_SECONDS / 3_600} hours`);
  });
});

describe('the text', () => {
  it('names only types, fields and codes that the server has', () => {
    const documents = [
      asyncApiDocument({
        version: '0.0.0',
        webSocketUrl: 'ws://localhost',
        accessControl: true,
        messages: clientMessages,
      }),
      openApiDocument({
        version: '0.0.0',
        serverUrl: 'http://localhost',
        protectedCalls: new Set(),
        messages: clientMessages,
      }),
    ];
    const known = new Set([...namesIn(documents), ...namedTypes, ...ERROR_CODES, ...namesIn(steps.map(jsonOf))]);
    const fromElsewhere = [SUBPROTOCOL, 'attempt', 'user'];
    const names = codeIn(page).filter((code) => /^[a-z]+(_[a-z]+)*$/.test(code));
    expect(names.filter((name) => !known.has(name) && !fromElsewhere.includes(name))).toEqual([]);
  });

  it('has large numbers only in tables and addresses', () => {
    const inTables = [
      ...pageTable('What', 'Limit').map(([, limit = '']) => Number.parseInt(limit.replace(',', ''), 10)),
    ];
    const codes = [...pageTable('Close code'), ...pageTable('Status')];
    const known = new Set([...inTables, ...numbersInFirstColumn(codes), 9004, 9005, 8601]);
    const prose = page.replace(/^```.*?^```$/gms, '').replace(/\]\([^)]*\)/g, '');
    const numbers = (prose.match(/\d[\d,]*\d\d/g) ?? []).map((number) => Number(number.replaceAll(',', '')));
    expect(numbers.filter((number) => !known.has(number))).toEqual([]);
  });

  it('shows the minimal clients exactly as in their files', () => {
    const files = { python: 'chat.py', js: 'chat.mjs', go: 'go/main.go', java: 'Chat.java' };
    for (const [language, file] of Object.entries(files)) {
      const content = readFileSync(join(ROOT, 'examples/minimal', file), 'utf8');
      expect(pageBlocks(language)[0]?.code).toBe(content);
      expect(content).toContain('"ws://localhost:9004"'.replaceAll('"', language === 'js' ? "'" : '"'));
    }
  });

  it('has a random wait before reconnecting, below a limit that doubles up to 30 seconds', () => {
    const [, snippet] = pageBlocks('js');
    const waitMilliseconds = new Function(`${snippet?.code}; return waitMilliseconds`)() as (attempt: number) => number;
    const random = jest.spyOn(Math, 'random');
    const attempts = [0, 1, 2, 3, 4, 5, 6, 7, 1_000, 5_000];
    random.mockReturnValue(1);
    expect(attempts.map(waitMilliseconds)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, ...Array(4).fill(30_000)]);
    random.mockReturnValue(0);
    expect(attempts.map(waitMilliseconds)).toEqual(Array(attempts.length).fill(0));
    random.mockRestore();
  });

  it('only has blocks that a test checks', () => {
    const counts = blocksOf(page).map(({ language }) => language);
    const looked = { python: 1, js: 2, go: 1, java: 1, jsonc: conversations.length, json: 1 };
    expect(counts.sort()).toEqual(
      Object.entries(looked)
        .flatMap(([language, count]) => Array(count).fill(language))
        .sort(),
    );
  });
});

function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

function jsonOf({ json }: Step): unknown {
  return json === '' ? undefined : JSON.parse(json);
}

/** Every key and every text in a value, at any depth. */
function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...namesIn(inner)]);
}
