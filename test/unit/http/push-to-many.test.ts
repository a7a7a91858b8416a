import { createPushToMany } from '../../../lambdas/http/push-to-many';
import { newUuid } from '../../../lambdas/ports/runtime';
import { Problem } from '../../../lambdas/protocol/problems';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog } from '../../support/fakes';

const message = { type: 'news', data: {} };
const position = { epoch: 'e', seq: 1 };
const ids = (count: number) => Array.from({ length: count }, (_, number) => `client-${number}`);

function prepare(push: (clientId: string) => Promise<'posted' | 'held'>) {
  const [clock, log] = [createFakeClock(0), createRecordingLog()];
  const pushToClient = async (clientId: string) => ({
    messageId: `m-${clientId}`,
    position,
    delivery: await push(clientId),
  });
  return { clock, log, pushToMany: createPushToMany(pushToClient, { clock, newId: newUuid, log }) };
}

describe('a message to many clients', () => {
  it('is pushed to 50 clients at a time', async () => {
    let [now, most] = [0, 0];
    const { pushToMany } = prepare(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      return 'posted';
    });
    const results = await pushToMany(ids(120), message, {});
    expect(results.map(({ clientId }) => clientId)).toEqual(ids(120));
    expect(most).toBe(50);
  });

  it('reports each client’s outcome, and logs failures that are not the client’s fault once', async () => {
    const outcomes = ['posted', 'held', new Problem('client_gone', 'gone'), new Error('a'), new Error('b')] as const;
    const { pushToMany, log } = prepare(async (clientId) => {
      const outcome = outcomes[Number(clientId.slice(7))] ?? 'posted';
      if (outcome instanceof Error) throw outcome;
      return outcome;
    });
    const results = await pushToMany(ids(5), message, {});
    expect(results.map(({ status, problem }) => problem?.code ?? status)).toEqual([
      'posted',
      'held',
      'client_gone',
      'internal_error',
      'internal_error',
    ]);
    expect(log.errors).toHaveLength(1);
  });

  it('starts no pushes after 15 seconds, and says which clients to retry', async () => {
    const pushed: string[] = [];
    const { pushToMany, clock } = prepare(async (clientId) => {
      pushed.push(clientId);
      if (pushed.length === 50) clock.advance(15_001);
      await new Promise(setImmediate);
      return 'posted';
    });
    const results = await pushToMany(ids(60), message, {});
    expect(pushed).toHaveLength(50);
    expect(results.slice(50).map(({ status, problem }) => [status, problem?.code])).toEqual(
      Array(10).fill(['failed', 'unavailable']),
    );
  });
});
