/** Every call of the HTTP API by openapi-fetch, with the types that openapi-typescript has made. */
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './openapi.js';

declare const process: { env: Record<string, string | undefined> };
declare const console: { log(line: string): void };

type Schemas = components['schemas'];

const { API_URL: baseUrl = '', API_KEY: apiKey = '', CLIENT_ID: client_id = '' } = process.env;
const path = { client_id };

const withKey = (key: string): Client<paths> =>
  createClient<paths>({ baseUrl, headers: key === '' ? {} : { authorization: `Bearer ${key}` } });
const api = withKey(apiKey);

function ok(what: string, holds: boolean, answer: unknown): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(answer)}`);
  console.log(`ok ${what}`);
}

/** The answer of a call that has to succeed. */
async function answerOf<Answer>(call: Promise<{ data?: Answer; error?: unknown }>): Promise<Answer> {
  const { data, error } = await call;
  if (data === undefined) throw new Error(`no answer: ${JSON.stringify(error)}`);
  return data;
}

const index: Schemas['ServerIndex'] = await answerOf(api.GET('/'));
ok('get_root', index.links.docs === '/docs', index);

const health: Schemas['ServerHealth'] = await answerOf(api.GET('/health'));
ok('get_health', health.status === 'healthy', health);

const status: Schemas['ServerStatus'] = await answerOf(api.GET('/status'));
ok('get_status', status.connected_clients >= 1, status);

const page: Schemas['ClientPage'] = await answerOf(api.GET('/clients', { params: { query: { limit: 1000 } } }));
ok('get_clients', page.clients.some((client) => client.client_id === client_id) && page.total >= 1, page);

const client: Schemas['ConnectedClient'] = await answerOf(api.GET('/clients/{client_id}', { params: { path } }));
ok('get_clients_client_id', client.client_id === client_id && client.message_count === 0, client);

const message: Schemas['SendMessageRequest'] = { client_id, content: 'Hello' };
const once = { header: { 'Idempotency-Key': client_id } };
const sent: Schemas['Sent'] | Schemas['Held'] = await answerOf(
  api.POST('/send_message', { params: once, body: message }),
);
const again = await api.POST('/send_message', { params: once, body: message });
const isReplayed =
  again.response.headers.get('idempotency-replayed') === 'true' && again.data?.message_id === sent.message_id;
ok('post_send_message', sent.delivery === 'posted' && isReplayed, again);

const params = { a: 1, nested: { b: [2, null] } };
const called: Schemas['CalledTool'] | Schemas['UnansweredCall'] = await answerOf(
  api.POST('/call_tool', { body: { client_id, tool_name: 'add', params } }),
);
const calledWithout = await answerOf(api.POST('/call_tool', { body: { client_id, tool_name: 'now', params: null } }));
ok('post_call_tool', called.message_id !== calledWithout.message_id, called);

const ofCall = { params: { path: { call_id: called.call_id } } };
const pending: Schemas['CallState'] = await answerOf(api.GET('/calls/{call_id}', ofCall));
ok('get_calls_call_id', pending.status === 'pending' && pending.message_id === called.message_id, pending);

const cancelled: Schemas['CancelledCall'] = await answerOf(api.DELETE('/calls/{call_id}', ofCall));
ok('delete_calls_call_id', cancelled.status === 'cancelled', cancelled);

const mcpRequest: Schemas['McpRequest'] = { jsonrpc: '2.0', id: 1, method: 'ping' };
const mcp: Schemas['McpResponse'] | undefined = await answerOf(
  api.POST('/clients/{client_id}/mcp', {
    params: { path },
    body: mcpRequest,
  }),
);
ok('post_clients_client_id_mcp', mcp?.result !== undefined, mcp);

const broadcast = await answerOf(api.POST('/broadcast', { body: { message_type: 'news', data: { text: 'Hello' } } }));
if (!('delivered' in broadcast)) throw new Error('a broadcast to a few clients went to the background');
const result: Schemas['BroadcastResult'] = broadcast;
ok('post_broadcast', result.delivered >= 1, result);

const state: Schemas['BroadcastState'] = await answerOf(
  api.GET('/broadcasts/{broadcast_id}', { params: { path: { broadcast_id: result.broadcast_id } } }),
);
ok('get_broadcasts_broadcast_id', state.status === 'completed' && state.failed === 0, state);

const history: Schemas['HistoryPage'] = await answerOf(
  api.GET('/clients/{client_id}/messages', { params: { path, query: { limit: 10 } } }),
);
const types = history.messages.map(({ type, data }) => `${type} ${Object.keys(data)}`);
ok('get_clients_client_id_messages', types.includes('news text'), types);

const token: Schemas['IssuedToken'] = await answerOf(api.POST('/tokens', { body: { ttl_seconds: 60 } }));
ok('post_tokens', token.ttl_seconds === 60 && token.websocket_url.includes(token.token), token);

const invalid = await api.POST('/broadcast', { body: { message_type: '' } });
const problem: Schemas['Problem'] | Schemas['Refusal'] | undefined = invalid.error;
ok('a problem', problem !== undefined && 'code' in problem && problem.code === 'invalid_request', problem);

/** What says no before the API gets a call; a problem of the API itself has more fields. */
const isRefusal = (error: Schemas['Problem'] | Schemas['Refusal'] | undefined): error is Schemas['Refusal'] =>
  error !== undefined && 'message' in error && !('code' in error);

const unauthorized = await withKey('').GET('/status');
ok('no key', unauthorized.response.status === 401 && isRefusal(unauthorized.error), unauthorized.error);
const forbidden = await withKey('wrong').GET('/status');
ok('a wrong key', forbidden.response.status === 403 && isRefusal(forbidden.error), forbidden.error);

const deleted = await api.DELETE('/clients/{client_id}', { params: { path } });
ok('delete_clients_client_id', deleted.response.status === 204, deleted.error);
