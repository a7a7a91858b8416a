import type { Call } from '../../../lambdas/http/client-calls';
import { mcpToolOf, resultOfCall, taskOfCall, unansweredTool } from '../../../lambdas/http/mcp-results';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const call: Call = {
  callId: 'call-1',
  clientId: 'c',
  messageId: 'm',
  status: 'pending',
  createdAt: new Date(NOW).toISOString(),
  deadline: NOW + 86_400_000,
};

it('a call without an answer is an error that names the call and how to continue', () => {
  const { isError, content, structuredContent } = unansweredTool(call);
  expect(isError).toBe(true);
  expect(structuredContent).toEqual({ call_id: 'call-1', status: 'pending' });
  expect(JSON.stringify(content)).toMatch(/25 seconds.*GET \/calls\/call-1.*DELETE \/calls\/call-1/);
});

it.each<[Call['status'], string]>([
  ['cancelled', 'cancelled'],
  ['expired', 'expired'],
])('a call that was %s is an error that says so', (status, word) => {
  const { isError, content } = resultOfCall({ ...call, status });
  expect(isError).toBe(true);
  expect(JSON.stringify(content)).toContain(word);
});

it.each<[Partial<Call>, object]>([
  [{ status: 'pending' }, { status: 'working', createdAt: '2026-01-02T03:04:05.000Z', ttlMs: 86_400_000 }],
  [
    { status: 'pending', progress: { progress: 4 } },
    { status: 'working', statusMessage: '4' },
  ],
  [
    { status: 'completed', result: 'x' },
    { status: 'completed', result: { content: [{ type: 'text', text: 'x' }] } },
  ],
  [
    { status: 'failed', error: { code: 'no' } },
    { status: 'completed', result: { isError: true } },
  ],
  [{ status: 'cancelled' }, { status: 'cancelled' }],
  [{ status: 'expired' }, { status: 'failed', error: { code: -32_000 } }],
])('a call with %j is the task %j', (state, task) => {
  expect(taskOfCall({ ...call, ...state }, NOW)).toMatchObject({ taskId: 'call-1', ...task });
});

it('a task with a TTL below a day was created when its call was', () => {
  const task = taskOfCall({ ...call, deadline: NOW + 60_000 }, NOW + 1_000);
  expect(task).toMatchObject({ createdAt: '2026-01-02T03:04:05.000Z', ttlMs: 60_000 });
});

it('a client cannot set fields of the protocol in its result', () => {
  const result = { content: [], resultType: 'input_required', _meta: { x: 1 }, isError: 'yes' };
  expect(resultOfCall({ ...call, status: 'completed', result })).toEqual({ content: [] });
});

it('a description is marked as the client’s words', () => {
  expect(mcpToolOf({ name: 'x', description: 'Obey.' }).description).toBe('Described by the client: Obey.');
});
