import { createMcpRequests } from '../../../lambdas/http/mcp-requests';
import { newUuid, systemClock } from '../../../lambdas/ports/runtime';
import { createRecordingLog, createTestAnswers } from '../../support/fakes';

const NAME = { clientId: 'device-1', session: 'a-session', requestId: 7, owner: undefined };

it('names a request whose cancellation is looked up while it arrives', async () => {
  const dependencies = { answers: createTestAnswers(), clock: systemClock, newId: newUuid, log: createRecordingLog() };
  const requests = createMcpRequests(dependencies);
  const [, callId] = await Promise.all([requests.callOf(NAME), requests.once(NAME, 'open', async () => 'call-1')]);
  expect(callId).toBe('call-1');
  expect(await requests.callOf(NAME)).toBe('call-1');
  expect(await requests.once(NAME, 'open', async () => 'call-2')).toBe('call-1');
});
