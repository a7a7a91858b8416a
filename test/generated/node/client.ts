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

const ready: Schemas['ServerReadiness'] = await answerOf(api.GET('/ready'));
ok('get_ready', ready.status === 'ready', ready);

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

const toOne: Schemas['AnyMessageRequest'] = { message_type: 'order_packed', data: { parcels: 2 } };
const one: Schemas['Sent'] | Schemas['Held'] = await answerOf(
  api.POST('/clients/{client_id}/messages', { params: { path }, body: toOne }),
);
ok('post_clients_client_id_messages', one.delivery === 'posted', one);

const toMany: Schemas['MessageToManyRequest'] = { message_type: 'order_shipped', client_ids: [client_id, 'nobody'] };
const many: Schemas['SentToMany'] = await answerOf(api.POST('/messages', { body: toMany }));
ok('post_messages', many.posted === 1 && many.results[1]?.code === 'client_not_found', many);

const inGroup = { params: { path: { group: 'team-7', client_id } } };
const ofGroup = { params: { path: { group: 'team-7' } } };
const joined = await api.PUT('/groups/{group}/clients/{client_id}', inGroup);
ok('put_groups_group_clients_client_id', joined.response.status === 204, joined.error);

const groups: Schemas['GroupPage'] = await answerOf(api.GET('/groups'));
ok('get_groups', groups.groups[0]?.group === 'team-7' && groups.groups[0].members === 1, groups);

const members: Schemas['GroupMemberPage'] = await answerOf(api.GET('/groups/{group}/clients', ofGroup));
ok('get_groups_group_clients', members.clients[0]?.client_id === client_id && members.clients[0].online, members);

const toGroup: Schemas['BroadcastResult'] | Schemas['BroadcastAccepted'] = await answerOf(
  api.POST('/groups/{group}/messages', { ...ofGroup, body: { content: 'Hello, team' } }),
);
ok('post_groups_group_messages', toGroup.status === 'success' && toGroup.delivered === 1, toGroup);

const left = await api.DELETE('/groups/{group}/clients/{client_id}', inGroup);
ok('delete_groups_group_clients_client_id', left.response.status === 204, left.error);

const events: Schemas['EventDelivery'] = await answerOf(api.GET('/events'));
ok('get_events', events.destination === 'webhooks' && events.receivers[0]?.name === 'billing', events);

const failed: Schemas['FailedEvents'] = await answerOf(api.GET('/events/failed', { params: { query: { limit: 10 } } }));
ok('get_events_failed', failed.events.length === 0, failed);

const replayed: Schemas['EventsReplayed'] = await answerOf(
  api.POST('/events/replay', { body: { receiver: 'billing' } }),
);
ok('post_events_replay', replayed.replayed === 0, replayed);

const token: Schemas['IssuedToken'] = await answerOf(api.POST('/tokens', { body: { ttl_seconds: 60 } }));
ok('post_tokens', token.ttl_seconds === 60 && token.websocket_url.includes(token.token), token);

const keyRequest: Schemas['KeyRequest'] = { name: 'node', scopes: ['read'], ttl_seconds: 60 };
const made: Schemas['MadeKey'] = await answerOf(api.POST('/keys', { body: keyRequest }));
ok('post_keys', made.scopes[0] === 'read' && made.ends_at !== undefined, made);

const keys: Schemas['KeyList'] = await answerOf(api.GET('/keys'));
ok('get_keys', keys.keys[0]?.name === 'node', keys);

const ofKey = { params: { path: { key_name: 'node' } } };
const rotated: Schemas['MadeKey'] = await answerOf(
  api.POST('/keys/{key_name}/rotate', { ...ofKey, body: { overlap_seconds: 60 } }),
);
ok('post_keys_key_name_rotate', rotated.key !== made.key && rotated.previous_until !== undefined, rotated);

const ended = await api.DELETE('/keys/{key_name}', ofKey);
ok('delete_keys_key_name', ended.response.status === 204, ended.error);

const revoked: Schemas['Revocation'] = await answerOf(api.POST('/revocations', { body: { key: 'node' } }));
ok('post_revocations', revoked.key === 'node' && revoked.until > revoked.revoked_at, revoked);

const revocations: Schemas['RevocationList'] = await answerOf(api.GET('/revocations'));
const revokedKeys = revocations.revocations.map(({ key }) => key);
ok('get_revocations', revokedKeys.includes('node'), revocations);

const audit: Schemas['AuditPage'] = await answerOf(api.GET('/audit', { params: { query: { limit: 1 } } }));
ok('get_audit', audit.calls[0]?.call === 'POST /revocations' && audit.next_cursor !== undefined, audit);

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
