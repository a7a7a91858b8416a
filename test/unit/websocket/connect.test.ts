import { createConnect } from '../../../lambdas/websocket/connect';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog, createTestSessions } from '../../support/fakes';

function connectOffering(...values: string[]) {
  const dependencies = {
    sessions: createTestSessions(),
    tasks: { start: async () => {} },
    clock: createFakeClock(),
    log: createRecordingLog(),
  };
  const multiValueHeaders = values.length > 0 ? { 'Sec-WebSocket-Protocol': values } : {};
  return createConnect(dependencies)({ requestContext: { connectionId: 'R1kmxc2VNjMCFIA=' }, multiValueHeaders });
}

describe('$connect', () => {
  it.each([['switchboard, some-token'], ['some-token, switchboard'], ['switchboard', 'some-token'], ['switchboard']])(
    'agrees to our subprotocol where %j is offered, and sends no token back',
    async (...offer) => {
      expect(await connectOffering(...offer)).toStrictEqual({
        statusCode: 200,
        headers: { 'Sec-WebSocket-Protocol': 'switchboard' },
      });
    },
  );

  it.each([[[]], [['chat.v1, chat.v2']], [['switchboard2']], [['Switchboard']]])(
    'agrees to none where %j is offered',
    async (offer) => {
      expect(await connectOffering(...offer)).toStrictEqual({ statusCode: 200 });
    },
  );
});
