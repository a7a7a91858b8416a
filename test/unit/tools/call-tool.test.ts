import * as z from 'zod';
import { defineTool, ToolError } from '../../../lambdas/ports/tool';
import type { JsonObject } from '../../../lambdas/protocol/json';
import { createCallTool } from '../../../lambdas/tools/call-tool';
import { MessageContext } from '../../../lambdas/websocket/message-context';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog, messageDependencies } from '../../support/fakes';
import { testApp } from '../../support/test-app';

const { tools } = testApp;

function call(name: string, params: JsonObject, more = tools, log = createRecordingLog()) {
  const clock = createFakeClock(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
  const connection = { clientId: 'c', connectionId: 'on-c', connectedAt: '2026-01-01T00:00:00.000Z', labels: [] };
  const context = new MessageContext(connection, 'm', undefined, messageDependencies({ clock, log }));
  return createCallTool(more)(name, params, context);
}

function toolThatThrows(error: Error) {
  return defineTool({
    name: 'throws',
    description: 'Throws.',
    params: z.object({}),
    run() {
      throw error;
    },
  });
}

describe('calling a tool', () => {
  it.each([
    ['add', { a: 2, b: 3 }, { result: 5 }],
    ['add', { a: 1e308, b: 1e308 }, { error: { code: 'out_of_range' } }],
    ['add', { a: '2', b: 3 }, { error: { code: 'invalid_params', message: expect.stringContaining('a: ') } }],
    ['current_time', {}, { result: { utc: '2026-01-02T03:04:05.006Z' } }],
    ['current_time', { time_zone: 'Asia/Shanghai' }, { result: { local: '2026-01-02 11:04:05' } }],
    ['current_time', { time_zone: 'Mars/Olympus' }, { error: { code: 'unknown_time_zone' } }],
    ['nobody_made_this', { x: 1 }, { simulated: true }],
    ['constructor', {}, { simulated: true }],
  ])('%s %j', async (name, params, outcome) => {
    expect(await call(name, params as JsonObject)).toMatchObject(outcome);
  });

  it('passes a ToolError’s message on to the client', async () => {
    const outcome = await call('throws', {}, [toolThatThrows(new ToolError('sold_out', 'Nothing is left.'))]);
    expect(outcome).toEqual({ error: { code: 'sold_out', message: 'Nothing is left.' } });
  });

  it('hides any other error from the client, and logs it completely', async () => {
    const log = createRecordingLog();
    const error = new Error('secret: the password is 1234');
    const outcome = await call('throws', {}, [toolThatThrows(error)], log);
    expect(outcome).toMatchObject({ error: { code: 'internal_error' } });
    expect(JSON.stringify(outcome)).not.toContain('1234');
    expect(log.errors).toEqual([{ event: 'tool_failed', cause: error }]);
  });

  it('refuses two tools with the same name at startup', () => {
    expect(() => createCallTool([...tools, ...tools])).toThrow('two tools');
  });
});
