/** The HTTP calls of the product. A call that a team adds needs no line here, no row in the READMEs, and no generated client. */
import type { HttpCallKey } from '../../lambdas/protocol/http-calls';

/** Those in the READMEs' table. */
export const README_CALLS = [
  'GET /',
  'GET /health',
  'GET /ready',
  'GET /status',
  'GET /clients',
  'GET /clients/{client_id}',
  'GET /clients/{client_id}/messages',
  'DELETE /clients/{client_id}',
  'POST /tokens',
  'POST /keys',
  'POST /send_message',
  'POST /clients/{client_id}/messages',
  'POST /messages',
  'POST /call_tool',
  'GET /calls/{call_id}',
  'DELETE /calls/{call_id}',
  'POST /clients/{client_id}/mcp',
  'POST /broadcast',
  'GET /groups/{group}/clients',
  'PUT /groups/{group}/clients/{client_id}',
  'POST /groups/{group}/messages',
  'GET /broadcasts/{broadcast_id}',
  'GET /events',
] as const satisfies readonly HttpCallKey[];

/** All of them. `test/unit/protocol/generated-clients.test.ts` checks that each generated client makes them. */
export const PRODUCT_CALLS = [
  ...README_CALLS,
  'GET /groups',
  'DELETE /groups/{group}/clients/{client_id}',
  'GET /events/failed',
  'POST /events/replay',
  'GET /keys',
  'POST /keys/{key_name}/rotate',
  'DELETE /keys/{key_name}',
  'GET /revocations',
  'POST /revocations',
  'GET /audit',
] as const satisfies readonly HttpCallKey[];
