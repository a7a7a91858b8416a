import { fitsInHistory, keep, recordOfFrame } from '../../../lambdas/delivery/keep';
import { frameOf } from '../../../lambdas/protocol/codec';
import { createRecordingLog, createTestHistory } from '../../support/fakes';

/** A client's message as the history stores it, parsed from its text. */
function received(messageId: string, text: string) {
  const { type, data } = JSON.parse(text);
  return recordOfFrame('in', frameOf({ type, data }, messageId, '2024-01-01T00:00:00.000Z'), text.length);
}

/** The longest possible message, made of equal parts. */
function listOf(part: string): string {
  const count = Math.floor(130_000 / (part.length + 1));
  return `{"type":"tool_call","data":{"tool_name":"x","params":{"list":[${Array(count).fill(part).join(',')}]}}}`;
}

describe('storing a message', () => {
  it('leaves out only a message that would not fit in the store when it is rewritten', () => {
    const growing = received('growing', listOf('1e20'));
    expect(JSON.stringify(growing.data).length).toBeGreaterThan(409_600); // the limit of a DynamoDB item
    expect(fitsInHistory(growing)).toBe(false);
    expect(fitsInHistory(received('long', listOf('"€"')))).toBe(true);
    expect(fitsInHistory(received('numbers', listOf('123456')))).toBe(true);
  });

  it('logs a failing store, and does not throw', async () => {
    const log = createRecordingLog();
    const history = createTestHistory();
    history.append = () => Promise.reject(new Error('no batch'));
    await keep([{ clientId: 'a', records: [received('m', '{"type":"x","data":{}}')] }], history, log);
    expect(log.errors).toEqual([{ event: 'history_failed', cause: new Error('no batch') }]);
  });
});
